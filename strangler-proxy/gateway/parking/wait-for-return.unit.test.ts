import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openParkingLot } from './parking-lot.js';
import { WaitForReturn } from './wait-for-return.js';

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

const limits = { absence: 15_000, time: 5_000, writes: 2, memory: 100, body: 80 };

describe('a request that waits for an upstream to return', () => {
  it('is sent again a few times, at growing intervals, and given up at the deadline of its first wait', () => {
    const tries: number[] = [];
    let gaveUp = 0;
    const lot = openParkingLot(limits, Date.now);
    const waiting: WaitForReturn = new WaitForReturn(
      lot,
      'stock',
      0,
      () => {
        tries.push(Date.now());
        waiting.wait(5_000);
      },
      () => void (gaveUp = Date.now()),
    );
    expect(waiting.wait(5_000)).toBe(true);
    jest.advanceTimersByTime(60_000);
    expect(tries).toEqual([100, 300, 700, 1_500, 2_500, 3_500, 4_500]);
    expect(gaveUp).toBe(5_000);
    expect(lot.figures('stock')).toMatchObject({ now: 0, total: 1 });
  });
});
