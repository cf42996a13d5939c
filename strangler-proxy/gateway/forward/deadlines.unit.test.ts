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
});
