import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { deriveId } from '#platform/ownership/derive-id.js';
import { shopClient } from '../../../legacy-monolith/test/shop-client.js';
import { until } from '../../../tests/support/until.js';
import { Unreachable } from '../use-cases/participants.js';
import { type ServiceShop, startServiceShop } from './start-test-orders.js';

let services: ServiceShop;
let product: string;
beforeAll(async () => {
  services = await startServiceShop();
  // Only one side owns a payment, even when the other is asked because a breaker is open.
  await services.monolith.database.query("UPDATE payments_ownership SET state = 'released'");
});
beforeEach(async () => {
  product = randomUUID();
  await services.shop.givenProduct(product, 10);
});
afterEach(() => services.watched.heal());
afterAll(() => services.stop());

const charges = /POST \/charges$/;
const order = (quantity = 1) => ({ items: { [product]: quantity }, key: randomUUID() });
const stock = async () => (await services.shop.stock(product)).slice(0, 2);

async function statuses(key: string): Promise<string[]> {
  const placed = await services.shop.order(deriveId('orders', key));
  const all = await services.providers.charges();
  return all
    .filter(({ key: id, reference }) => reference === placed.orderId || id === placed.paymentId)
    .map(({ status }) => status);
}

describe('an order whose charge never reached the provider, and was voided', () => {
  it('is placed by the same request under its key, once the provider is well', async () => {
    const wanted = order(2);
    services.watched.fail(charges, 'lost');
    const first = await services.shop.place(wanted).expect(504);
    expect(first.body.code).toBe('timeout');
    expect(await stock()).toEqual([10, 0]);
    services.watched.heal();

    const placed = await services.shop.place(wanted).expect(201);
    expect(placed.body).toMatchObject({ status: 'CONFIRMED', version: 4, reason: null });
    const same = [placed.body.orderId, '500', 'GBP', 'tok_visa', '3'];
    expect(placed.body.paymentId).toBe(deriveId('payments', ...same));
    expect(await statuses(wanted.key)).toEqual(['CAPTURED']);
    expect(await stock()).toEqual([8, 2]);
  });

  it('is placed however often it failed, and its answer is remembered then', async () => {
    const wanted = order();
    services.watched.fail(charges, 'lost');
    for (let time = 1; time <= 3; time += 1) await services.shop.place(wanted).expect(504);
    services.watched.heal();
    const { body } = await services.shop.place(wanted).expect(201);
    const again = await services.shop.place(wanted).expect(201);
    expect(again.body).toEqual(body);
    expect(await statuses(wanted.key)).toEqual(['CAPTURED']);
  });

  it('keeps its key from another order', async () => {
    const wanted = order();
    services.watched.fail(charges, 'lost');
    await services.shop.place(wanted).expect(504);
    services.watched.heal();
    const other = { ...wanted, items: { [product]: 5 } };
    expect((await services.shop.place(other).expect(422)).body.code).toBe('idempotency_key_reused');
    expect(await stock()).toEqual([10, 0]);
    await services.shop.place(wanted).expect(201);
  });

  it('is placed once by two retries at once', async () => {
    const wanted = order();
    services.watched.fail(charges, 'lost');
    await services.shop.place(wanted).expect(504);
    services.watched.heal();
    const both = await Promise.all([services.shop.place(wanted), services.shop.place(wanted)]);
    const seen = both.map(({ status }) => status);
    expect(seen).toContain(201);
    expect(seen.every((status) => [201, 409].includes(status))).toBe(true);
    expect(await statuses(wanted.key)).toEqual(['CAPTURED']);
    expect(await stock()).toEqual([9, 1]);
  });
});

describe('an order that was decided', () => {
  it('is remembered: a declined card stays declined', async () => {
    const wanted = { ...order(), token: 'tok_chargeDeclined' };
    await services.shop.place(wanted).expect(402);
    await services.shop.place(wanted).expect(402);
    expect(await statuses(wanted.key)).toEqual(['DECLINED']);
  });
});

describe.each([429, 401, 408, 'lost'] as const)(
  'an order whose refund was carried out without an answer, and then met with %s',
  (fault) => {
    it('is cancelled in the end: its money is on its way back', async () => {
      const { orderId, paymentId } = (await services.shop.place(order(2)).expect(201)).body;
      const refunds = /POST .*refund$/;
      services.watched.fail(refunds, fault, 5);
      services.watched.fail(refunds, 'unanswered', 1);
      await services.shop.act(orderId, 'cancel');
      await until('it is cancelled', async () => (await services.shop.order(orderId)).status === 'CANCELLED');
      const payment = (await request(services.app).get(`/payments/${paymentId}`)).body;
      expect(payment).toMatchObject({ status: 'REFUNDED', version: 2 });
      expect(await stock()).toEqual([10, 0]);
    });
  },
);

describe('an order that a participant failed', () => {
  it('keeps its key from another order, and is placed by the same request', async () => {
    const wanted = order();
    let broken = true;
    const flaky = services.startInstance({
      between: (participants) => ({
        ...participants,
        stock: {
          ...participants.stock,
          reserve: (stock) =>
            broken ? Promise.reject(new Unreachable('Inventory', 1)) : participants.stock.reserve(stock),
        },
      }),
    });
    // Another instance would help: from here on there is none but this one.
    await services.orders.sagas.stop();
    const shop = shopClient(flaky.app);
    await shop.place(wanted).expect(503);
    broken = false;
    await shop.place({ ...wanted, items: { [product]: 2 } }).expect(422);
    await shop.place(wanted).expect(201);
    expect(await statuses(wanted.key)).toEqual(['CAPTURED']);
  });
});
