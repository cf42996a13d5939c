import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openParkingLot, type Parked } from './parking-lot.js';

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

const limits = { absence: 5_000, time: 5_000, writes: 2, memory: 100, body: 80 };

function openLot() {
  const over: string[] = [];
  const opened = openParkingLot(limits, Date.now);
  const write = (name: string, bytes = 10): Parked => {
    const one: Parked = {
      capability: 'stock',
      bytes,
      timeIsUp() {
        over.push(name);
        opened.leave(one);
      },
    };
    return one;
  };
  const park = (one: Parked) => opened.enter(one, opened.deadline(), false);
  return { lot: opened, over, write, park };
}

describe('a place for writes that wait', () => {
  it('tells each when its time is up, and not those that have left', () => {
    const { lot, over, write, park } = openLot();
    const gone = write('gone');
    park(gone);
    jest.advanceTimersByTime(100);
    park(write('stays'));
    lot.leave(gone);
    jest.advanceTimersByTime(4_999);
    expect(over).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(over).toEqual(['stays']);
    expect(lot.figures('stock')).toMatchObject({ now: 0, total: 2 });
  });

  it('counts a write that comes back once, lets it in although others wait, and gives it no new time', () => {
    const { lot, over, write, park } = openLot();
    const one = write('one');
    const until = lot.deadline();
    lot.enter(one, until, false);
    lot.leave(one);
    park(write('two'));
    park(write('three'));
    jest.advanceTimersByTime(3_000);
    expect(lot.enter(one, until, true)).toBeUndefined();
    expect(lot.figures('stock')).toMatchObject({ now: 3, total: 3 });
    jest.advanceTimersByTime(2_000);
    expect(over).toContain('one');
    expect(lot.enter(one, until, true)?.reason).toBe('time');
  });

  it('has bounds: how many, how much each, how much together, and nothing that is gone once it is sent', () => {
    const { lot, write, park } = openLot();
    expect(park({ ...write('stream'), bytes: undefined })).toEqual({
      reason: 'large',
      setting: 'parking.body',
    });
    expect(park(write('large', 81))).toEqual({ reason: 'large', setting: 'parking.body' });
    const first = write('first', 80);
    expect(park(first)).toBeUndefined();
    expect(park(write('too much together', 21))).toEqual({ reason: 'full', setting: 'parking.memory' });
    expect(park(write('second', 20))).toBeUndefined();
    expect(park(write('third', 0))).toEqual({ reason: 'full', setting: 'parking.writes' });
    lot.leave(first);
    expect(park(write('fourth', 0))).toBeUndefined();
  });

  it('names the limit that ends a wait, which is that of a drain where that comes first', () => {
    const { lot, write } = openLot();
    const until = lot.deadline();
    expect(lot.timeSetting(until)).toBe('parking.time');
    lot.endWithin(1_000);
    expect(lot.timeSetting(500)).toBe('parking.time');
    expect([lot.timeSetting(until), lot.timeSetting(lot.deadline())]).toEqual(['drain.limit', 'drain.limit']);
    jest.advanceTimersByTime(1_000);
    expect(lot.enter(write('late'), until, true)).toEqual({ reason: 'time', setting: 'drain.limit' });
  });

  it('can be closed within a time that is shorter than what was promised, and never longer', () => {
    const { lot, over, write, park } = openLot();
    lot.enter(write('soon'), 500, false);
    park(write('late'));
    lot.endWithin(1_000);
    jest.advanceTimersByTime(500);
    expect(over).toEqual(['soon']);
    park(write('new'));
    jest.advanceTimersByTime(500);
    expect(over).toEqual(['soon', 'late', 'new']);
  });
});
