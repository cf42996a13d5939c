import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openLimitLog } from './limit-log.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function logForTest() {
  const lines: [object, string][] = [];
  const warn = (facts: object, text: string) => void lines.push([facts, text]);
  return { lines, log: openLimitLog({ warn } as never) };
}

describe('what limits refuse', () => {
  it('is logged once a second for each setting, and counted beyond that', () => {
    const { lines, log } = logForTest();
    for (let time = 0; time < 5; time++) log.refused({ setting: 'limits.body', path: `/${time}` });
    log.refused({ setting: 'limits.headers' });
    expect(lines).toEqual([
      [{ setting: 'limits.body', path: '/0' }, 'refused by a limit'],
      [{ setting: 'limits.headers' }, 'refused by a limit'],
    ]);
    jest.advanceTimersByTime(1_000);
    expect(lines.slice(2)).toEqual([
      [{ setting: 'limits.body', more: 4 }, 'more requests were refused by a limit'],
    ]);
    log.refused({ setting: 'limits.body', path: '/again' });
    expect(lines[3]).toEqual([{ setting: 'limits.body', path: '/again' }, 'refused by a limit']);
    expect(log.counts().get('limits.body')).toBe(6);
    expect(log.counts().get('limits.headers')).toBe(1);
  });

  it('is logged without its query, and without the rest of a path that is very long', () => {
    const { lines, log } = logForTest();
    log.refused({ setting: 'limits.body', path: `/${'a'.repeat(10_000)}?token=secret` });
    const { path } = lines[0]?.[0] as { path: string };
    expect(path).toHaveLength(500);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it('has counters from the start, and leaves no timer behind', () => {
    const { lines, log } = logForTest();
    expect(log.counts().get('limits.upload')).toBe(0);
    log.refused({ setting: 'limits.upload' });
    log.refused({ setting: 'limits.upload' });
    log.close();
    expect(lines.at(-1)?.[0]).toEqual({ setting: 'limits.upload', more: 1 });
    expect(jest.getTimerCount()).toBe(0);
  });
});
