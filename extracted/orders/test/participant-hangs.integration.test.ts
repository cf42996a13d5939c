import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { type RunningProgram, startProgram } from '../../../tests/support/start-program.js';
import { until } from '../../../tests/support/until.js';
import { type ServiceShop, startServiceShop } from './start-test-orders.js';

let shop: ServiceShop;
let payments: RunningProgram;

beforeAll(async () => {
  shop = await startServiceShop({}, { hastyWith: 'payments' });
  // The same service on the same schema, as a process that can be stopped.
  await shop.payments.disconnect();
  payments = await startProgram(new URL('../../payments/main.ts', import.meta.url), {
    MYSQL_URL: shop.payments.databaseUrl,
    NATS_URL: shop.natsUrl,
    PAYMENT_PROVIDER_URL: shop.providers.url,
  });
});
afterAll(async () => {
  payments.goOn();
  await payments.kill();
  await shop.stop();
});

const place = () => shop.shop.place({ items: { lamp: 1 }, key: randomUUID() });
const breaker = () => shop.shields.before('payments').figures();
const statuses = async () => {
  const [rows] = await shop.database.query('SELECT order_id, status FROM orders');
  return rows as { order_id: string; status: string }[];
};

describe('while the payments service hangs', () => {
  it('orders need none of it, those that do are refused at once, and what was begun comes to an end', async () => {
    await shop.shop.givenProduct('lamp', 100);
    const { body: shipped } = await place().expect(201);
    payments.pause();
    const begun = Promise.all(Array.from({ length: 6 }, () => place()));
    await until('the breaker is open', () => breaker().state === 'open');
    await shop.shop.act(shipped.orderId, 'ship', { carrier: 'Post', trackingNumber: '1' }).expect(200);
    await begun;
    const refusals = breaker().refused.breaker;
    // A breaker that is half-open by now needs an order to find out that the service still hangs.
    await until('an order is refused at once', async () => {
      await place();
      return breaker().refused.breaker > refusals;
    });
    payments.goOn();
    await until('an order is taken again', async () => (await place()).status === 201);
    await until('all orders have come to an end', async () =>
      (await statuses()).every(({ status }) => status !== 'PENDING'),
    );
    const confirmed = (await statuses()).filter(({ status }) => status !== 'REJECTED');
    await until('what was charged in vain is given back', async () => {
      const charges = await shop.providers.charges();
      return (
        charges.every(({ status }) => status !== 'PROCESSING') &&
        charges.filter(({ status }) => status === 'CAPTURED').length === confirmed.length
      );
    });
    const paidFor = (await shop.providers.charges())
      .filter(({ status }) => status === 'CAPTURED')
      .map(({ reference }) => reference);
    expect(paidFor.sort()).toEqual(confirmed.map(({ order_id }) => order_id).sort());
    await until('what was set aside in vain is put back', async () => {
      const [available, reserved] = await shop.shop.stock('lamp');
      return available === 100 - confirmed.length && reserved === confirmed.length - 1;
    });
  });
});
