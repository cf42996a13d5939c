import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { startThrowawayShop, type ThrowawayShop } from '../../../deploy/throwaway/start-throwaway-shop.js';
import { compile } from '../../e2e/support/shop-system.js';
import { auditText } from './books-text.js';
import { runBooks } from './run-books.js';
import { everyProcess, sampleOrders } from './usual-books.js';

jest.setTimeout(600_000);

const root = fileURLToPath(new URL('../../../', import.meta.url));
let shop: ThrowawayShop;

beforeAll(async () => {
  await compile();
  shop = await startThrowawayShop({ root, environment: process.env });
});
afterAll(() => shop?.stop());

describe('orders that run while all capabilities are handed over, and back, and processes are killed', () => {
  it('leave books that add up', async () => {
    const seed = Date.now() % 1_000_000;
    console.log(`seed ${seed}: npm run books -- --seed ${seed} --kills 3 repeats these hand-overs and kills`);
    const audits = await runBooks({
      shop,
      seed,
      file: sampleOrders,
      invoices: 40,
      clients: 4,
      targets: everyProcess,
      kills: 3,
      gap: [500, 3_000],
      handOverWithin: 120_000,
      settleWithin: 120_000,
      say: (line) => console.log(line),
    });
    console.log(audits.map(auditText).join('\n\n'));
    expect(audits.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(audits.map(({ owner }) => owner)).toEqual(['service', 'monolith']);
    expect(audits.at(-1)?.books.orders.length).toBeGreaterThan(20);
  });
});
