import { describe, expect, it } from '@jest/globals';
import { paceSteps, type Timer } from './pace-steps.js';

const began = new Date('2010-12-01T08:26:00Z').getTime();

async function* stepsAt(...minutes: number[]) {
  for (const minute of minutes) yield { at: new Date(began + minute * 60_000) };
}

/** A timer whose pauses take no time, other than on its own clock; as with a real one, too long ones end at once. */
function skippingTimer(): Timer {
  let time = 0;
  const passed = (milliseconds: number) => (milliseconds < 2 ** 31 ? milliseconds : 1);
  return { now: () => time, pause: async (milliseconds) => void (time += passed(milliseconds)) };
}

describe('steps at a multiple of their own speed', () => {
  it('pass when they are due, or at once when they are late', async () => {
    const timer = skippingTimer();
    const passed: number[] = [];
    for await (const _step of paceSteps(stepsAt(0, 1, 1, 3, 4), 60, undefined, timer)) {
      passed.push(timer.now());
      if (passed.length === 4) await timer.pause(2_500, undefined);
    }
    expect(passed).toEqual([0, 1000, 1000, 3000, 5500]);
  });

  it('pass when they are due after a year, too', async () => {
    const timer = skippingTimer();
    const passed: number[] = [];
    const year = 365 * 24 * 60;
    for await (const _step of paceSteps(stepsAt(0, year), 1, undefined, timer)) passed.push(timer.now());
    expect(passed).toEqual([0, year * 60_000]);
  });

  it('pass at once at speed 0', async () => {
    const passed: Date[] = [];
    for await (const { at } of paceSteps(stepsAt(0, 100_000), 0, undefined)) passed.push(at);
    expect(passed).toHaveLength(2);
  });

  it('stop passing when they are told to, also in the middle of a pause', async () => {
    const ending = new AbortController();
    const passed: Date[] = [];
    setImmediate(() => ending.abort());
    for await (const { at } of paceSteps(stepsAt(0, 100_000), 1, ending.signal)) passed.push(at);
    expect(passed).toHaveLength(1);
  });
});
