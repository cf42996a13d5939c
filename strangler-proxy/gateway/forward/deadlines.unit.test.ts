import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createDeadlines } from './deadlines.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('deadlines', () => {
  it('expire once their time has come, in the order in which they were set', () => {
    const expired: string[] = [];
    const deadlines = createDeadlines(100, Date.now);
    deadlines.set({ expire: () => void expired.push('first') });
    jest.advanceTimersByTime(50);
    deadlines.set({ expire: () => void expired.push('second') });
    jest.advanceTimersByTime(49);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(30);
    expect(expired).toEqual(['first']);
    jest.advanceTimersByTime(60);
    expect(expired).toEqual(['first', 'second']);
  });

  it('do not expire once taken back, and leave no timer behind', () => {
    const expired: string[] = [];
    const deadlines = createDeadlines(100, Date.now);
    const first = deadlines.set({ expire: () => void expired.push('first') });
    deadlines.set({ expire: () => void expired.push('second') });
    first.what = null;
    jest.advanceTimersByTime(1_000);
    expect(expired).toEqual(['second']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are forgotten once taken back, also behind one that is not due for long', () => {
    const expired: string[] = [];
    const deadlines = createDeadlines(60_000, Date.now);
    deadlines.set({ expire: () => void expired.push('first') });
    const open = [];
    for (let second = 0; second < 50; second++) {
      for (let one = 0; one < 1_000; one++) {
        const deadline = deadlines.set({ expire: () => void expired.push('taken back') });
        if (one === 0) open.push(deadline);
        else deadline.what = null;
      }
      jest.advanceTimersByTime(1_000);
      expect(deadlines.size).toBeLessThanOrEqual(3_000);
    }
    for (const deadline of open) deadline.what = null;
    deadlines.set({ expire: () => void expired.push('last') });
    jest.advanceTimersByTime(11_000);
    expect(expired).toEqual(['first']);
    jest.advanceTimersByTime(50_000);
    expect(expired).toEqual(['first', 'last']);
  });
});
