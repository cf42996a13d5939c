import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes } from 'sequelize';
import type { Side } from '#contracts/strangler/move.js';
import { shopClient } from './shop-client.js';
import { type DividedShop, startDividedShop } from './start-divided-shop.js';
import { startTestMonolith, type TestMonolith } from './start-test-monolith.js';

let divided: DividedShop;
let second: TestMonolith;
const products = ['lantern', 'candle', 'kite', 'drum', 'bell'];
const stocked = 200;
const side: Record<string, Side> = {};

beforeAll(async () => {
  divided = await startDividedShop();
  second = await startTestMonolith({
    databaseUrl: divided.monolith.databaseUrl,
    natsUrl: divided.broker.url,
    providersUrl: divided.providers.url,
    recoverStockAfterMs: 1_000,
  });
  for (const product of products) side[product] = 'monolith';
  await divided.givenStock(stocked, side);
});
afterAll(async () => {
  await second.stop();
  await divided.stop();
});

const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)]!;
const shipment = { carrier: 'DHL', trackingNumber: '1' };

/** Tries again, as a client with its key does, until there is an answer that the contract explains. */
async function insist<Answer extends { status: number }>(send: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await send();
    if (![503, 504].includes(answer.status)) return answer;
    await sleep(50);
  }
}

/** Places orders of some products, and cancels or ships some of them. @returns every status that was answered */
async function shopUntil(over: () => boolean): Promise<number[]> {
  const statuses: number[] = [];
  while (!over()) {
    const client = shopClient(pick([divided.monolith, second]).app);
    const items = Object.fromEntries(products.filter(() => Math.random() < 0.4).map((id) => [id, 1]));
    if (Object.keys(items).length === 0) continue;
    const token = Math.random() < 0.1 ? 'tok_chargeDeclined' : 'tok_visa';
    const order = { items, token, key: randomUUID() };
    const placed = await insist(async () => client.place(order));
    statuses.push(placed.status);
    const then = pick(['nothing', 'cancel', 'ship'] as const);
    if (placed.status !== 201 || then === 'nothing') continue;
    const { orderId } = placed.body;
    statuses.push(
      (await insist(async () => client.act(orderId, then, then === 'ship' ? shipment : {}))).status,
    );
  }
  return statuses;
}

describe('orders while stock moves between the sides', () => {
  it('are whole, and every unit is accounted for', async () => {
    let over = false;
    const shopping = Array.from({ length: 6 }, () => shopUntil(() => over));
    for (let moves = 0; moves < 40; moves += 1) {
      const product = pick(products);
      const to = side[product] === 'monolith' ? 'service' : 'monolith';
      await divided.handOver([product], to);
      side[product] = to;
    }
    over = true;
    const statuses = (await Promise.all(shopping)).flat();
    await divided.untilNothingIsOpen();

    expect(statuses.length).toBeGreaterThan(50);
    expect(statuses.filter((status) => ![200, 201, 402, 409].includes(status))).toEqual([]);
    for (const product of products) {
      const units = await unitsOf(product);
      const [available, reserved] = await divided.stockAt(side[product]!, product);
      expect({ product, reserved, available }).toEqual({
        product,
        reserved: units.CONFIRMED,
        available: stocked - units.CONFIRMED - units.SHIPPED,
      });
    }
  });
});

/** Units of orders, by what became of these. */
async function unitsOf(product: string): Promise<Record<'CONFIRMED' | 'SHIPPED', number>> {
  const rows = await divided.monolith.database.query<{ status: 'CONFIRMED' | 'SHIPPED'; units: number }>(
    `SELECT o.status, CAST(SUM(i.quantity) AS UNSIGNED) AS units
     FROM orders o JOIN order_items i ON i.order_id = o.order_id WHERE i.product_id = ? GROUP BY o.status`,
    { replacements: [product], type: QueryTypes.SELECT },
  );
  const units = { CONFIRMED: 0, SHIPPED: 0 };
  for (const row of rows) if (row.status in units) units[row.status] = row.units;
  return units;
}
