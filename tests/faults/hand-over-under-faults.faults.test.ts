import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { compile } from '../e2e/support/shop-system.js';
import { runTruth } from './run-truth.js';
import type { ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import { killable, usualHabits } from './usual-trouble.js';
import { reportOperations } from '../support/report-operations.js';
import { startShop } from '../support/start-shop.js';

let shop: ThrowawayShop;

beforeAll(async () => {
  await compile();
  shop = await startShop({ services: ['inventory'] });
});
afterAll(() => shop?.stop());

describe('stock that clients change while its buckets move and processes are killed', () => {
  it('has every acknowledged write once, and no request fails that no kill explains', async () => {
    const seed = Date.now() % 1_000_000;
    const said: string[] = [];
    const truth = await runTruth({
      shop,
      seed,
      clients: 16,
      // What two cores can bear beside another run of tests: this is about what is right, not about how much.
      rate: 80,
      habits: usualHabits,
      handOvers: 12,
      targets: killable,
      kills: 6,
      others: 3,
      strays: 1,
      gap: [500, 3_000],
      handOverWithin: 600_000,
      settleWithin: 600_000,
      say: (line) => said.push(line),
    });
    reportOperations('hand-over-under-faults', {
      commands: truth.operations,
      'writes answered': truth.writes,
      'hand-overs': truth.handOvers,
      disturbances: truth.disturbances.length,
      'rows written by hand on the wrong side': 1,
    });
    // What to repeat it by, and how far it came, stand beside what is wrong.
    const { violations, failures } = truth;
    const context = {
      seed,
      said,
      disturbances: truth.disturbances.map(({ kind, process }) => `${kind} ${process}`),
    };
    expect({ violations, unexplained: failures.unexplained, ...context }).toEqual({
      ...{ violations: [], unexplained: [] },
      ...context,
    });
    expect(truth.writes).toBeGreaterThan(500);
  });
});
