import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { compile } from '../../e2e/support/shop-system.js';
import { auditText } from './books-text.js';
import { moveLateOrders } from './move-late-orders.js';
import { runBooks } from './run-books.js';
import { everyProcess, sampleOrders, slowOutside, slowWhenAllLive } from './usual-books.js';
import { reportOperations } from '../../support/report-operations.js';
import { startShop } from '../../support/start-shop.js';

let shop: ThrowawayShop;

beforeAll(async () => {
  await compile();
  shop = await startShop();
});
afterAll(() => shop?.stop());

describe('orders that run while all capabilities are handed over, and back, and processes are killed', () => {
  it('leave books that add up', async () => {
    const seed = Date.now() % 1_000_000;
    const said: string[] = [];
    const audits = await runBooks({
      shop,
      seed,
      file: sampleOrders,
      invoices: 40,
      clients: 4,
      targets: everyProcess,
      kills: 3,
      slow: slowOutside,
      slowTimes: 1,
      slowAtLast: slowWhenAllLive,
      doubtful: 2,
      gap: [500, 3_000],
      handOverWithin: 600_000,
      settleWithin: 600_000,
      say: (line) => said.push(line),
    });
    reportOperations('books', {
      orders: audits.at(-1)?.books.orders.length ?? 0,
      'hand-overs': audits.flatMap(({ handOvers }) => handOvers).length,
      'kills and pauses': audits.flatMap(({ disturbances }) => disturbances).length,
      'orders tried again': audits.flatMap(({ told }) => told.filter(({ tries }) => tries > 1)).length,
      'parcels sent': audits.reduce((sum, { shipped }) => sum + shipped, 0),
    });
    // What to repeat it by, and all that was added up, stand beside what is wrong.
    const context = { seed, said, audits: audits.map(auditText) };
    expect({ wrong: audits.flatMap(({ wrong }) => wrong), ...context }).toEqual({ wrong: [], ...context });
    expect(audits.map(({ owner }) => owner)).toEqual(['service', 'monolith']);
    expect(audits.at(-1)?.books.orders.length).toBeGreaterThan(20);
  });
});

describe('orders that are answered 202 after their buckets have moved', () => {
  it('leave replication as it is, in both directions', async () => {
    expect(await moveLateOrders(shop)).toEqual([]);
  });
});
