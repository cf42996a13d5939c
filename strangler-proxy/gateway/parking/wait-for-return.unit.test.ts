import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createAbsence } from '../forward/absence.js';
import { openParkingLot } from './parking-lot.js';
import { WaitForReturn } from './wait-for-return.js';

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

const limits = { absence: 15_000, time: 5_000, writes: 50, memory: 100, body: 80 };

/** Requests that begin to wait for an upstream that is away; each try finds nobody there until `back`. */
function waitFor(many: number, back = Number.POSITIVE_INFINITY) {
  const tries: number[] = [];
  const sent: number[] = [];
  const gaveUp: number[] = [];
  const lot = openParkingLot(limits, Date.now);
  const absence = createAbsence(limits.absence, Date.now);
  absence.noticed();
  const waiting = Array.from({ length: many }, () => {
    const one: WaitForReturn = new WaitForReturn(
      lot,
      'stock',
      0,
      () => {
        if (!absence.isAway()) return void sent.push(Date.now());
        tries.push(Date.now());
        if (Date.now() < back) {
          absence.noticed();
          one.wait(absence, 5_000);
        } else {
          sent.push(Date.now());
          absence.ended();
        }
      },
      () => void gaveUp.push(Date.now()),
    );
    expect(one.wait(absence, 5_000)).toBe(true);
    return one;
  });
  return { tries, sent, gaveUp, lot, absence, waiting };
}

describe('a request that waits for an upstream to return', () => {
  it('is sent again a few times, at growing intervals, and given up at the deadline of its first wait', () => {
    const { tries, gaveUp, lot } = waitFor(1);
    jest.advanceTimersByTime(60_000);
    expect(tries).toEqual([100, 300, 700, 1_500, 2_500, 3_500, 4_500]);
    expect(gaveUp).toEqual([5_000]);
    expect(lot.figures('stock')).toMatchObject({ now: 0, total: 1 });
  });

  it('is one of many of which one at a time tries, however many there are', () => {
    const { tries, gaveUp } = waitFor(40);
    jest.advanceTimersByTime(60_000);
    expect(tries.length).toBeLessThanOrEqual(8);
    expect(tries.length).toBeGreaterThan(4);
    expect(gaveUp).toEqual(Array<number>(40).fill(5_000));
  });

  it('goes on with all others as soon as one has found it back', () => {
    const { sent, gaveUp, lot } = waitFor(40, 2_000);
    jest.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(40);
    expect(Math.max(...sent) - Math.min(...sent)).toBeLessThanOrEqual(1);
    expect(gaveUp).toEqual([]);
    expect(lot.figures('stock').now).toBe(0);
  });

  it('leaves its turn to another when its client leaves', () => {
    const { sent, waiting } = waitFor(3, 300);
    waiting[0]?.end();
    jest.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(2);
  });

  it('is not sent any more once it has ended, though the upstream came back a moment before', () => {
    const { sent, absence, waiting } = waitFor(2);
    absence.ended();
    waiting[0]?.end();
    jest.advanceTimersByTime(60_000);
    expect(sent).toHaveLength(1);
  });
});
