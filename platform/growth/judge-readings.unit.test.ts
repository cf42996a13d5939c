import { describe, expect, it } from '@jest/globals';
import type { AgeLimit } from '#contracts/strangler/store.js';
import { judgeAge, judgeLog, judgeRows } from './judge-readings.js';

const day = 86_400;
const removed: AgeLimit = { days: 10, column: 'at', end: 'removed' };

describe('rows', () => {
  it('that are removed may be as old as they become, and a little older', () => {
    expect(judgeAge('inbox', removed, 10 * day).alarm).toBeNull();
    expect(judgeAge('inbox', removed, 11.9 * day).alarm).toBeNull();
    expect(judgeAge('inbox', removed, 12.1 * day).alarm).toContain('12.1 days, which go after 10 days');
    expect(judgeAge('inbox', removed, undefined)).toMatchObject({ used: 0, alarm: null });
  });

  it('that somebody finishes wait for a person near their bound', () => {
    const finished: AgeLimit = { ...removed, of: 'open', end: 'finished' };
    expect(judgeAge('tasks', finished, 7.9 * day).alarm).toBeNull();
    expect(judgeAge('tasks', finished, 8.1 * day)).toMatchObject({
      store: 'tasks (open)',
      alarm: expect.stringContaining('8.1 days'),
    });
  });

  it('of which there are few are counted', () => {
    expect(judgeRows('places', 100, 79).alarm).toBeNull();
    expect(judgeRows('places', 100, 80).alarm).toContain('80 rows');
  });
});

describe('a log', () => {
  const now = Date.parse('2026-01-10T00:00:00Z');
  const size = {
    bytes: 79,
    oldestAt: new Date('2026-01-02T01:00:00Z'),
    maxBytes: 100,
    maxAge: 10 * day * 1_000,
  };
  const advice = { then: 'it is full soon' };
  const alarms = (more: Partial<typeof size>) =>
    judgeLog('letters', { ...size, ...more }, now, advice).flatMap(({ alarm }) => alarm ?? []);

  it('is told of from 80 % of its room or of its time on', () => {
    expect(alarms({})).toEqual([]);
    expect(alarms({ bytes: 80 })).toEqual(['letters: 80 % of its room is used; it is full soon']);
    expect(alarms({ oldestAt: new Date('2026-01-01T23:00:00Z') })).toEqual([
      'letters: 80 % of the time is over that its oldest entry is kept; it is full soon',
    ]);
  });

  it('may be full where nobody needs what it drops', () => {
    expect(judgeLog('changes', { ...size, bytes: 100 }, now).map(({ alarm }) => alarm)).toEqual([null, null]);
  });

  it('is told of where it has no limit', () => {
    const readings = judgeLog('changes', { ...size, maxBytes: undefined }, now);
    expect(readings[0]).toMatchObject({
      limit: null,
      alarm: expect.stringContaining('no limit of its bytes'),
    });
    expect(readings[1]).toMatchObject({ alarm: null });
  });
});
