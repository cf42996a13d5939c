import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { QueryTypes } from 'sequelize';
import { until } from '../../tests/support/until.js';
import { countRows } from './shop-client.js';
import { type DividedCapabilities, startDividedCapabilities } from './start-divided-capabilities.js';

let divided: DividedCapabilities;

beforeAll(async () => {
  divided = await startDividedCapabilities();
  await divided.shop.givenProduct('lantern', 100_000);
});
afterAll(() => divided.stop());

/** Tries again, as a client with its key does, until there is an answer that stands. */
async function insist<Answer extends { status: number }>(send: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await send();
    if (answer.status !== 503) return answer;
    await sleep(50);
  }
}

/** Places orders, and cancels every other one. @returns every status that was answered */
async function shopUntil(over: () => boolean): Promise<number[]> {
  const { shop } = divided;
  const statuses: number[] = [];
  while (!over()) {
    const token = Math.random() < 0.1 ? 'tok_chargeDeclined' : 'tok_visa';
    const order = { items: { lantern: 1 }, token, key: randomUUID() };
    const placed = await insist(async () => shop.place(order));
    statuses.push(placed.status);
    if (placed.status !== 201 || Math.random() < 0.5) continue;
    statuses.push((await insist(async () => shop.act(placed.body.orderId, 'cancel'))).status);
  }
  return statuses;
}

describe('orders while payments move between the sides', () => {
  it('are charged once each, and all other money is given back', async () => {
    let over = false;
    const shopping = Array.from({ length: 4 }, () => shopUntil(() => over));
    for (let moves = 0; moves < 12; moves += 1) {
      await divided.handOver('payments', moves % 2 === 0 ? 'service' : 'monolith', 10 + moves * 7);
      await sleep(100);
    }
    over = true;
    const statuses = (await Promise.all(shopping)).flat();
    await divided.tryTasksNow();
    await divided.untilNothingIsOpen();
    expect(statuses.length).toBeGreaterThan(20);
    expect(statuses.filter((status) => ![200, 201, 402].includes(status))).toEqual([]);

    const confirmed = await divided.monolith.database.query<{ orderId: string }>(
      "SELECT order_id AS orderId FROM orders WHERE status = 'CONFIRMED'",
      { type: QueryTypes.SELECT },
    );
    const paidFor = async () =>
      (await divided.providers.charges()).filter(({ status }) => status === 'CAPTURED');
    // What a hand-over has interrupted at the provider is given up by recovery.
    await divided.abandonCalls();
    await until(async () => (await countRows(divided.monolith.database, 'order_cancellations')) === 0);
    await until(async () => (await paidFor()).length <= confirmed.length);
    expect((await paidFor()).map(({ reference }) => reference).sort()).toEqual(
      confirmed.map(({ orderId }) => orderId).sort(),
    );
    expect((await divided.shop.stock('lantern')).slice(0, 2)).toEqual([
      100_000 - confirmed.length,
      confirmed.length,
    ]);
  });
});
