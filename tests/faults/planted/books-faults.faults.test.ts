import { beforeAll, describe, expect, it } from '@jest/globals';
import { compile } from '../../e2e/support/shop-system.js';
import { startShop } from '../../support/start-shop.js';
import { runBooks } from '../books/run-books.js';
import { sampleOrders, slowOutside } from '../books/usual-books.js';
import { type BooksFault, booksFaults, plantsBooksFaults } from './books-faults.js';
import { plantFault } from './plant-fault.js';

beforeAll(() => compile());

/** What the books of a product with a fault say does not add up. */
async function wrongWith(fault: BooksFault): Promise<string[]> {
  const copy = plantFault(fault);
  const shop = await startShop({ root: copy.root });
  try {
    if (fault.trouble) return await fault.trouble(shop);
    const audits = await runBooks({
      shop,
      seed: 1,
      file: sampleOrders,
      invoices: 40,
      clients: 4,
      targets: [],
      kills: 0,
      slow: slowOutside,
      slowTimes: fault.slowTimes ?? 0,
      slowAtLast: [],
      doubtful: 2,
      gap: [500, 1_500],
      handOverWithin: 600_000,
      // What a late answer leaves open is set right by then, if it can be.
      settleWithin: fault.slowTimes === undefined ? 10_000 : 90_000,
      say: () => undefined,
    });
    const found = audits.flatMap(({ wrong }) => wrong.map(({ about, what }) => `${about}: ${what}`));
    return found.filter((line) => fault.shows?.test(line) ?? true);
  } finally {
    await shop.stop();
    copy.remove();
  }
}

(plantsBooksFaults ? describe : describe.skip)('the books of a shop with', () => {
  it.each(booksFaults.map((fault) => [fault.name, fault] as const))(
    '%s do not add up',
    async (_name, fault) => {
      expect(await wrongWith(fault)).not.toEqual([]);
    },
  );
});
