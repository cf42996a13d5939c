import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import request from 'supertest';
import { productSchema } from '#contracts/shop/catalogue.js';
import { stockSchema } from '#contracts/shop/inventory.js';
import { customerSummarySchema, orderSchema, trackingSchema } from '#contracts/shop/orders.js';
import { startTestMonolith, type TestMonolith } from '../../test/start-test-monolith.js';
import { importSampleWhenEmpty } from '../import-sample.js';

let shop: TestMonolith;

beforeAll(async () => {
  shop = await startTestMonolith();
  await importSampleWhenEmpty({ root: join(import.meta.dirname, '../../..'), mysqlUrl: shop.databaseUrl });
});
afterAll(() => shop.stop());

async function get(path: string) {
  return (await request(shop.app).get(path).expect(200)).body;
}

describe('a shop whose orders were imported', () => {
  it('serves all of them as the contract says', async () => {
    const seen = new Map<string, unknown>();
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 20; page += 1) {
      const list: { items: { orderId: string }[]; nextCursor: string | null } = await get(
        `/orders?limit=20${cursor && `&cursor=${cursor}`}`,
      );
      for (const order of list.items) seen.set(order.orderId, orderSchema.strict().parse(order));
      cursor = list.nextCursor;
    }
    expect(seen.size).toBe(59);
  });

  it('serves its products and their stock', async () => {
    const products = await get('/products?limit=200');
    const stock = await get('/inventory?limit=200');
    for (const product of products.items) productSchema.strict().parse(product);
    for (const item of stock.items) stockSchema.strict().parse(item);
    const idOf = ({ productId }: { productId: string }) => productId;
    expect(stock.items.map(idOf)).toEqual(products.items.map(idOf));
    expect(products.items.map(idOf)).toEqual(expect.arrayContaining(['40122P', '40122p']));
  });

  it('knows what happened to an order, and what its customer has ordered', async () => {
    const [order] = (await get('/orders?status=CANCELLED&limit=1')).items;
    expect(order.orderId).toMatch(/^C7/);
    const tracking = trackingSchema.strict().parse(await get(`/orders/${order.orderId}/tracking`));
    expect(tracking.timeline).toEqual([
      { at: order.createdAt, type: 'order.cancelled', detail: `Imported: credit note ${order.orderId}` },
    ]);
    const summary = customerSummarySchema.strict().parse(await get(`/customers/${order.customerId}/summary`));
    expect(summary.cancelled).toBeGreaterThan(0);
    expect(summary.confirmed).toBeGreaterThan(0);
  });

  it('takes no past order back', async () => {
    const [order] = (await get('/orders?status=DELIVERED&limit=1')).items;
    await request(shop.app).post(`/orders/${order.orderId}/cancel`).expect(409);
  });
});
