import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import request from 'supertest';
import { deriveId } from '#platform/ownership/derive-id.js';
import { pay } from '../../extracted/payments/test/payments-client.js';
import { until } from '../../tests/support/until.js';
import { abandonCalls, countRows, shopClient } from './shop-client.js';
import { startTestMonolith, type TestMonolith } from './start-test-monolith.js';
import { startWatchedProviders, type WatchedProviders } from './start-watched-providers.js';

let providers: TestProviders;
let watched: WatchedProviders;
let monolith: TestMonolith;
let shop: ReturnType<typeof shopClient>;
let product: string;
beforeAll(async () => {
  providers = await startTestProviders();
  watched = await startWatchedProviders(providers.url);
  monolith = await startTestMonolith({ providersUrl: watched.url });
  shop = shopClient(monolith.app);
});
beforeEach(async () => {
  product = randomUUID();
  await shop.givenProduct(product, 10);
});
afterEach(() => watched.heal());
afterAll(async () => {
  await monolith.stop();
  await watched.stop();
  await providers.stop();
});

const charges = /POST \/charges$/;
const order = (quantity = 1) => ({ items: { [product]: quantity }, key: randomUUID() });
const stock = async () => (await shop.stock(product)).slice(0, 2);
const statuses = async (key: string) =>
  (await providers.charges())
    .filter(({ reference }) => reference === deriveId('orders', key))
    .map(({ status }) => status);

describe('an order at the monolith whose charge never reached the provider, and was voided', () => {
  it('is placed by the same request under its key, once the provider is well', async () => {
    const wanted = order(2);
    watched.fail(charges, 'lost');
    const first = await shop.place(wanted).expect(504);
    expect(first.body.code).toBe('timeout');
    expect(await shop.order(deriveId('orders', wanted.key))).toMatchObject({ reason: 'timeout', version: 2 });
    watched.heal();

    const placed = await shop.place(wanted).expect(201);
    expect(placed.body).toMatchObject({ status: 'CONFIRMED', version: 4, reason: null });
    const same = [placed.body.orderId, '500', 'GBP', 'tok_visa', '3'];
    expect(placed.body.paymentId).toBe(deriveId('payments', ...same));
    expect(await statuses(wanted.key)).toEqual(['CAPTURED']);
    expect(await stock()).toEqual([8, 2]);
  });

  it('is placed however often it failed, and its answer is remembered then', async () => {
    const wanted = order();
    watched.fail(charges, 'lost');
    for (let time = 1; time <= 3; time += 1) await shop.place(wanted).expect(504);
    watched.heal();
    const { body } = await shop.place(wanted).expect(201);
    expect((await shop.place(wanted).expect(201)).body).toEqual(body);
    expect(await statuses(wanted.key)).toEqual(['CAPTURED']);
  });

  it('keeps its key from another order', async () => {
    const wanted = order();
    watched.fail(charges, 'lost');
    await shop.place(wanted).expect(504);
    watched.heal();
    const other = { ...wanted, items: { [product]: 5 } };
    expect((await shop.place(other).expect(422)).body.code).toBe('idempotency_key_reused');
    expect(await stock()).toEqual([10, 0]);
    await shop.place(wanted).expect(201);
  });

  it('is placed once by two retries at once', async () => {
    const wanted = order();
    watched.fail(charges, 'lost');
    await shop.place(wanted).expect(504);
    watched.heal();
    const both = await Promise.all([shop.place(wanted), shop.place(wanted)]);
    const seen = both.map(({ status }) => status);
    expect(seen).toContain(201);
    expect(seen.every((status) => [201, 409].includes(status))).toBe(true);
    expect(await statuses(wanted.key)).toEqual(['CAPTURED']);
    expect(await stock()).toEqual([9, 1]);
  });
});

describe('a payment at the monolith that never reached the provider, and was voided', () => {
  it('is taken by the same request under its key, and by no other', async () => {
    const key = randomUUID();
    const orderId = randomUUID();
    const own = async () => (await providers.charges()).filter(({ reference }) => reference === orderId);
    watched.fail(charges, 'lost');
    for (let time = 1; time <= 2; time += 1) await pay(monolith.app, { key, orderId }).expect(504);
    watched.heal();
    await pay(monolith.app, { key, orderId, token: 'tok_flaky' }).expect(422);
    const both = await Promise.all([
      pay(monolith.app, { key, orderId }),
      pay(monolith.app, { key, orderId }),
    ]);
    expect(both.map(({ status }) => status)).toContain(201);
    const { body, headers } = await pay(monolith.app, { key, orderId }).expect(201);
    expect(headers['location']).toBe(`/payments/${body.paymentId}`);
    expect(await own()).toMatchObject([{ key: body.paymentId, status: 'CAPTURED' }]);
    expect(await countRows(monolith.database, 'payment_attempts')).toBe(0);
  });
});

describe.each([429, 401, 408, 'lost'] as const)(
  'an order at the monolith whose refund was carried out without an answer, and then met with %s',
  (fault) => {
    it('is cancelled in the end: its money is on its way back', async () => {
      const { orderId, paymentId } = (await shop.place(order(2)).expect(201)).body;
      const refunds = /POST .*refund$/;
      watched.fail(refunds, fault);
      watched.fail(refunds, 'unanswered', 1);
      expect((await shop.act(orderId, 'cancel')).status).toBeGreaterThanOrEqual(500);
      expect((await shop.act(orderId, 'cancel')).status).toBeGreaterThanOrEqual(500);
      expect(await countRows(monolith.database, 'order_cancellations')).toBe(1);
      watched.heal();
      await abandonCalls(monolith.database);
      await until(async () => (await shop.order(orderId)).status === 'CANCELLED');
      const payment = (await request(monolith.app).get(`/payments/${paymentId}`)).body;
      expect(payment).toMatchObject({ status: 'REFUNDED', version: 2 });
      expect(await countRows(monolith.database, 'order_cancellations')).toBe(0);
      expect(await stock()).toEqual([10, 0]);
    });
  },
);
