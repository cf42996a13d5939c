import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import request from 'supertest';
import type { z } from 'zod';
import { inventoryRequests } from '#contracts/shop/inventory-requests.js';
import { orderRequests, type Settlement } from '#contracts/shop/order-requests.js';
import { atMonolith, type ServiceEndpoint } from '#contracts/strangler/service-endpoint.js';
import { ordersEndpoints } from '#contracts/shop/orders.js';
import { begun } from '#platform/database/idempotency.js';
import { describeWrite } from '#platform/http/route.js';
import { askService } from '#platform/messaging/ask-service.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import { type OwnServer, ownBroker } from '../../sidecar/test/support/own-servers.js';
import { until } from '../../tests/support/until.js';
import { countRows, mailsTo, newEmail } from './shop-client.js';
import { startTestShop, type TestShop } from './start-test-shop.js';

let broker: OwnServer;
let started: TestShop;
let shop: TestShop['shop'];
let nats: NatsConnection;

beforeAll(async () => {
  broker = await ownBroker();
  started = await startTestShop({ natsUrl: broker.url, recoverPaymentsAfterMs: 60_000 });
  ({ shop } = started);
  nats = await connectNats('test', broker.url);
  await shop.givenProduct('lantern', 10);
  await shop.givenProduct('candle', 5);
});
afterAll(async () => {
  await nats.close();
  await started.stop();
  await broker.end();
});

/** Asks the monolith as the services do. */
const ask = <Request extends z.ZodType, Answer extends z.ZodType>(
  endpoint: ServiceEndpoint<Request, Answer>,
  question: z.input<Request>,
) =>
  askService({ connection: () => nats, close: async () => undefined }, atMonolith(endpoint), question, 5_000);

const query = (sql: string, ...replacements: unknown[]) =>
  started.monolith.database.query<Record<string, unknown>>(sql, { replacements, type: QueryTypes.SELECT });
const write = (sql: string, ...replacements: unknown[]) =>
  started.monolith.database.query(sql, { replacements });

const settle = (settlement: Settlement) => ask(orderRequests.settle, settlement);

/** The other side owns all of a capability while something is done. */
async function whileElsewhere(capability: string, work: () => Promise<void>): Promise<void> {
  await write(`UPDATE ${capability}_ownership SET state = 'released'`);
  try {
    await work();
  } finally {
    await write(`UPDATE ${capability}_ownership SET state = 'owned'`);
  }
}

/** An order that the service has begun to place, and that was handed over then. */
async function givenPending(requestHash?: string): Promise<{ orderId: string; key: string; email: string }> {
  const key = randomUUID();
  const orderId = deriveId('orders', key);
  const email = newEmail();
  await write(
    `INSERT INTO orders (order_id, customer_id, status, currency, total_amount, email, version, created_at, updated_at)
     VALUES (?, 'customer-1', 'PENDING', 'GBP', 500, ?, 1, NOW(3), NOW(3))`,
    orderId,
    email,
  );
  await write(
    "INSERT INTO order_items (order_id, line_no, product_id, quantity, unit_price_amount) VALUES (?, 1, 'lantern', 2, 250)",
    orderId,
  );
  await givenBegun(orderId, key, requestHash);
  return { orderId, key, email };
}

const givenBegun = (orderId: string, key: string, requestHash = 'f'.repeat(64)) =>
  write(
    `INSERT INTO orders_idempotency (idempotency_key, request_hash, resource_key, status, headers, body, created_at)
     VALUES (?, ?, ?, ${begun}, '{}', '{}', UTC_TIMESTAMP(3))`,
    ...[key, requestHash, orderId],
  );

/** What tells a client's order of one product from other requests under its key. */
function placingHash(productId: string, quantity: number): string {
  const endpoint = ordersEndpoints.create;
  const body = endpoint.body.parse({
    ...{ customerId: 'customer-1', items: [{ productId, quantity }] },
    ...{ payment: { type: 'card', token: 'tok_visa' }, contact: {} },
  });
  const request = { params: {}, body, idempotencyKey: undefined, path: '/orders' };
  return describeWrite(endpoint, request, '').requestHash;
}

const answerUnder = async (key: string) => {
  const [record] = await query('SELECT status, body FROM orders_idempotency WHERE idempotency_key = ?', key);
  return record && { status: record['status'], body: JSON.parse(String(record['body'])) as unknown };
};

const entry = (type: Settlement['entries'][0]['type'], detail = '') => ({
  ...{ at: '2026-01-02T03:04:05.678Z', type, detail },
});

const confirmed = (orderId: string, key: string): Settlement => ({
  ...{ orderId, from: ['PENDING'], to: 'CONFIRMED', paymentId: `payment-of-${orderId}` },
  entries: [entry('stock.reserved', '2 units'), entry('order.confirmed')],
  write: { idempotencyKey: key, path: '/orders' },
});

describe('an order that was handed over while the service placed it', () => {
  it('is confirmed, its customer told, and its client answered, once', async () => {
    const { orderId, key, email } = await givenPending();
    expect(await settle(confirmed(orderId, key))).toMatchObject({ kind: 'answer' });
    const order = await shop.order(orderId);
    expect(order).toMatchObject({ status: 'CONFIRMED', paymentId: `payment-of-${orderId}`, version: 2 });
    expect(await answerUnder(key)).toEqual({ status: 201, body: order });
    const { timeline } = (await request(started.monolith.app).get(`/orders/${orderId}/tracking`)).body;
    expect(timeline).toEqual(
      expect.arrayContaining([{ at: '2026-01-02T03:04:05.678Z', type: 'stock.reserved', detail: '2 units' }]),
    );
    await until(async () => (await mailsTo(email)).length === 1);

    expect(await settle(confirmed(orderId, key))).toMatchObject({ kind: 'answer' });
    expect((await shop.order(orderId)).version).toBe(2);
    expect(await shop.notifications(orderId)).toHaveLength(1);
  });

  it('is rejected, and its client is told why', async () => {
    const { orderId, key } = await givenPending();
    const rejected: Settlement = {
      ...{ orderId, from: ['PENDING'], to: 'REJECTED', reason: 'payment_declined' },
      entries: [entry('order.rejected', 'payment_declined')],
      write: { idempotencyKey: key, path: '/orders' },
      problem: { message: 'The payment was declined: try again with another card' },
    };
    expect(await settle(rejected)).toMatchObject({ kind: 'answer' });
    expect(await shop.order(orderId)).toMatchObject({ status: 'REJECTED', reason: 'payment_declined' });
    expect(await answerUnder(key)).toMatchObject({
      status: 402,
      body: { code: 'payment_declined', instance: '/orders' },
    });
  });

  it('and could not be placed for the moment, is placed again by the same request', async () => {
    const { orderId, key } = await givenPending(placingHash('lantern', 3));
    const rejected: Settlement = {
      ...{ orderId, from: ['PENDING'], to: 'REJECTED', reason: 'unavailable' },
      ...{ entries: [], write: { idempotencyKey: key, path: '/orders' } },
    };
    expect(await settle(rejected)).toMatchObject({ kind: 'answer' });
    expect(await answerUnder(key)).toMatchObject({ status: 503 });
    await shop.place({ items: { lantern: 1 }, key }).expect(422);
    const placed = await shop.place({ items: { lantern: 3 }, key }).expect(201);
    expect(placed.body).toMatchObject({ orderId, status: 'CONFIRMED', reason: null, version: 4 });
    expect(placed.body.items).toMatchObject([{ productId: 'lantern', quantity: 3 }]);
  });

  it('is not confirmed once it was cancelled', async () => {
    const { orderId, key } = await givenPending();
    await shop.act(orderId, 'cancel').expect(200);
    expect(await settle(confirmed(orderId, key))).toMatchObject({
      ...{ kind: 'refused', error: { code: 'invalid_state' } },
    });
    expect((await shop.order(orderId)).status).toBe('CANCELLED');
  });

  it('is left to its owner, who is not the monolith, or to nobody where there is none', async () => {
    const { orderId, key } = await givenPending();
    await whileElsewhere('orders', async () => {
      expect(await settle(confirmed(orderId, key))).toMatchObject({
        ...{ kind: 'refused', error: { code: 'not_owner' } },
      });
    });
    expect((await shop.order(orderId)).status).toBe('PENDING');
    expect(await settle(confirmed(randomUUID(), key))).toMatchObject({
      ...{ kind: 'refused', error: { code: 'not_found' } },
    });
  });
});

describe('an order that was handed over while the service cancelled it', () => {
  it('is cancelled, and its note is gone', async () => {
    const { orderId } = (await shop.place({ items: { lantern: 1 } }).expect(201)).body;
    const key = randomUUID();
    await givenBegun(orderId, key);
    await write(
      'INSERT INTO order_cancellations (payment_id, order_id, touched_at) VALUES (?, ?, UTC_TIMESTAMP(3))',
      ...[randomUUID(), orderId],
    );
    const cancelled: Settlement = {
      ...{ orderId, from: ['PENDING', 'CONFIRMED'], to: 'CANCELLED', entries: [entry('order.cancelled')] },
      write: { idempotencyKey: key, path: `/orders/${orderId}/cancel` },
    };
    const order = { orderId, status: 'CANCELLED', version: 3 };
    expect(await settle(cancelled)).toMatchObject({ kind: 'answer', answer: { order } });
    expect(await answerUnder(key)).toMatchObject({ status: 200, body: { status: 'CANCELLED' } });
    expect(await countRows(started.monolith.database, 'order_cancellations')).toBe(0);
  });
});

describe('while the service owns all orders, the monolith', () => {
  it('writes none of them, nor anything on their timelines', async () => {
    const { orderId, paymentId } = (await shop.place({ items: { lantern: 1 } }).expect(201)).body;
    const before = await shop.timeline(orderId);
    await whileElsewhere('orders', async () => {
      await shop.place({ items: { lantern: 1 } }).expect(421);
      await shop.act(orderId, 'cancel').expect(421);
      await shop.act(orderId, 'ship', { carrier: 'DHL', trackingNumber: '1' }).expect(421);
      await request(started.monolith.app).post(`/payments/${paymentId}/refund`).expect(200);
    });
    expect(await shop.timeline(orderId)).toEqual(before);
  });

  it('sets stock aside for them, puts it back, or lets it leave the house, as often as it is asked', async () => {
    const order = {
      orderId: randomUUID(),
      items: [{ productId: 'candle', quantity: 2 }],
      attempt: Date.now(),
    };
    const { reserve, release, ship, shortages } = inventoryRequests;
    for (let time = 1; time <= 2; time += 1) {
      expect(await ask(reserve, order)).toMatchObject({ kind: 'answer' });
      expect((await shop.stock('candle')).slice(0, 2)).toEqual([3, 2]);
    }
    const more = { ...order, orderId: randomUUID(), items: [{ productId: 'candle', quantity: 4 }] };
    const short = [{ path: 'candle', message: '3 available, 4 wanted' }];
    expect(await ask(shortages, more)).toMatchObject({ kind: 'answer', answer: { short } });
    expect(await ask(reserve, more)).toMatchObject({
      ...{ kind: 'refused', error: { code: 'insufficient_stock', options: { errors: short } } },
    });
    expect(await ask(ship, order)).toMatchObject({ kind: 'answer' });
    expect(await ask(release, order)).toMatchObject({ kind: 'answer' });
    expect(await ask(release, { ...more, attempt: order.attempt + 1 })).toMatchObject({ kind: 'answer' });
    expect(await ask(reserve, more)).toMatchObject({ kind: 'refused', error: { code: 'invalid_state' } });
    expect((await shop.stock('candle')).slice(0, 2)).toEqual([3, 0]);
  });

  it('sets none aside that it does not own', async () => {
    await whileElsewhere('inventory', async () => {
      const items = [{ productId: 'candle', quantity: 1 }];
      const reply = await ask(inventoryRequests.reserve, { orderId: randomUUID(), items, attempt: 1 });
      const errors = [expect.objectContaining({ path: 'candle' })];
      expect(reply).toMatchObject({ kind: 'refused', error: { code: 'not_owner', options: { errors } } });
    });
  });
});
