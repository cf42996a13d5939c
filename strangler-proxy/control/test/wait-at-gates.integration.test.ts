import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../../../tests/support/until.js';
import type { Verify } from '../gates/verified.js';
import type { RunningControlPlane } from '../run-control-plane.js';
import { type ControlledSystem, startControlledSystem, testSettings } from './support/controlled-system.js';

let system: ControlledSystem;
let plane: RunningControlPlane;
const why = { reason: 'a test' };

/** Comparisons of all rows that have begun; each takes until the test lets it go, whatever its signal says. */
let comparisons: { letGo(): void }[] = [];
/** Comparisons that begin now take no time. */
let atOnce = false;

const compare: Verify = async () => {
  if (!atOnce) await new Promise<void>((resolve) => comparisons.push({ letGo: resolve }));
  return { ok: true, detail: 'no difference' };
};

beforeAll(async () => {
  system = await startControlledSystem();
});

beforeEach(async () => {
  atOnce = false;
  comparisons = [];
  plane = await system.start({ verify: () => compare, verifiedFor: 1 });
  await until('it leads', () => plane.leads());
  await system.untilOwned(plane, 0);
});

afterEach(async () => {
  await bringHome();
  await plane.end();
});

afterAll(() => system.end());

const path = (rest = '') => `/capabilities/${system.capability}${rest}`;
const change = (action: string, more: object = {}) =>
  system.ask(plane, 'POST', path(`/${action}`), { ...why, ...more });

async function untilComparing(): Promise<{ letGo(): void }> {
  await until('a comparison has begun', () => comparisons.length > 0);
  return comparisons[0]!;
}

/** Hand-overs that were begun, ever. */
async function begun(): Promise<number> {
  const { openHandOvers, recent } = await system.look(plane);
  return openHandOvers.length + recent.length;
}

function letAllGo(): void {
  atOnce = true;
  for (const { letGo } of comparisons) letGo();
}

async function bringHome(): Promise<void> {
  letAllGo();
  await change('share', { percent: 0 });
  await change('resume');
  await system.untilOwned(plane, 0);
}

describe('a hand-over whose gates take minutes', () => {
  it.each<[what: string, overtake: () => Promise<unknown>]>([
    ['a pause', () => change('pause')],
    ['a roll-back', () => change('rollback')],
    ['a flag that says 0 %', () => system.flag.rollOut(0)],
    ['another share', () => change('share', { percent: 0 })],
  ])('does not begin after %s', async (_what, overtake) => {
    const before = await begun();
    await change('share', { percent: 10 });
    const comparison = await untilComparing();
    await overtake();
    await until('it is known', async () => (await system.look(plane)).state !== 'moving');
    comparison.letGo();
    await bringHome();
    expect(await begun()).toBe(before);
  });

  it('begins with what is wanted at last, without waiting for what nobody needs any more', async () => {
    await change('share', { percent: 100 });
    await untilComparing();
    atOnce = true;
    await change('share', { percent: 1 });
    await system.untilOwned(plane, 1);
    expect(comparisons).toHaveLength(1);
  });

  it('does not begin when a gate has shut meanwhile that was open before', async () => {
    const before = await begun();
    await change('share', { percent: 10 });
    const comparison = await untilComparing();
    // Longer than what the gates have seen counts as seen just now.
    await sleep(2 * testSettings.interval);
    system.setReady('service', false);
    atOnce = true;
    comparison.letGo();
    await until('it is held', async () => (await system.look(plane)).state === 'held');
    expect(await begun()).toBe(before);
    system.setReady('service', true);
    await system.untilOwned(plane, 10);
  });
});

describe('a lease that is lost for a moment', () => {
  it('leaves nothing unled while a gate of the old term has not answered', async () => {
    await change('share', { percent: 10 });
    await untilComparing();
    await system.loseLease();
    await until('the gate is asked again, by the next term', () => comparisons.length > 1);
    expect(plane.leads()).toBe(true);
    atOnce = true;
    comparisons[1]!.letGo();
    await system.untilOwned(plane, 10);
  });
});
