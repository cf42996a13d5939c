import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createBulkhead } from './bulkhead.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function create() {
  const log: string[] = [];
  const bulkhead = createBulkhead({ concurrent: 2, queue: 2, wait: 100 });
  const enter = (name: string) => {
    const entrant = {
      start: () => void log.push(`${name} starts`),
      refuse: (by: string) => void log.push(`${name} refused by ${by}`),
    };
    bulkhead.enter(entrant);
    return () => bulkhead.forget(entrant);
  };
  return { bulkhead, enter, log };
}

describe('a bulkhead', () => {
  it('runs so many at a time, lets so many wait in order, and refuses the rest', () => {
    const { bulkhead, enter, log } = create();
    for (const name of 'abcde') enter(name);
    expect(log).toEqual(['a starts', 'b starts', 'e refused by queue']);
    bulkhead.leave();
    bulkhead.leave();
    expect(log.slice(3)).toEqual(['c starts', 'd starts']);
    expect([bulkhead.running, bulkhead.waiting]).toEqual([2, 0]);
    bulkhead.leave();
    bulkhead.leave();
    expect(bulkhead.running).toBe(0);
  });

  it('refuses who has waited too long', () => {
    const { enter, log } = create();
    for (const name of 'abc') enter(name);
    jest.advanceTimersByTime(100);
    expect(log.at(-1)).toBe('c refused by wait');
  });

  it('forgets who has stopped waiting, and not of one that was started', () => {
    const { bulkhead, enter, log } = create();
    const leaveA = enter('a');
    enter('b');
    const leaveC = enter('c');
    expect(leaveC()).toBe(true);
    expect(leaveA()).toBe(false);
    bulkhead.leave();
    jest.advanceTimersByTime(1_000);
    expect(log).toEqual(['a starts', 'b starts']);
    expect(bulkhead.running).toBe(1);
  });
});
