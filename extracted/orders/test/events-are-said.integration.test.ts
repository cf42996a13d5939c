import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QueryTypes, type Sequelize } from 'sequelize';
import request from 'supertest';
import { shopEvents } from '#contracts/shop/events/index.js';
import { startServiceShop, type ServiceShop } from './start-test-orders.js';

let services: ServiceShop;
beforeAll(async () => {
  services = await startServiceShop();
});
afterAll(() => services.stop());

interface Said {
  type: string;
  key: string;
  data: Record<string, unknown>;
}

/** What a service has said, each event checked against what is published of it. */
async function said(database: Sequelize, capability: string): Promise<Said[]> {
  const rows = await database.query<Said & { data: string }>(
    `SELECT type, event_key AS \`key\`, data FROM ${capability}_outbox ORDER BY sequence`,
    { type: QueryTypes.SELECT },
  );
  return rows.map(({ type, key, data }) => {
    const definition = shopEvents.find((event) => event.type === type);
    return { type, key, data: definition?.data.parse(JSON.parse(data)) as Said['data'] };
  });
}

const place = (product: string, token = 'tok_visa') =>
  request(services.app)
    .post('/orders')
    .send({
      customerId: 'C1',
      items: [{ productId: product, quantity: 2 }],
      payment: { type: 'card', token },
      contact: {},
    });

describe('what happens to an order', () => {
  it('is said by whoever does it, each of its own key, in order', async () => {
    await services.shop.givenProduct('lamp', 5);
    const { orderId, paymentId } = (await place('lamp')).body as { orderId: string; paymentId: string };
    const address = { line1: 'Street 1', city: 'Town', country: 'GB' };
    await request(services.app).patch(`/orders/${orderId}`).send({ shippingAddress: address });
    await request(services.app).post(`/orders/${orderId}/cancel`).expect(200);

    const orders = await said(services.database, 'orders');
    expect(orders.map(({ type, key }) => [type, key])).toEqual(
      ['placed', 'confirmed', 'changed', 'cancelled'].map((what) => [`orders.${what}.v1`, orderId]),
    );
    expect(orders.map(({ data }) => (data['order'] as { version: number }).version)).toEqual([1, 2, 3, 4]);
    expect(orders[2]?.data['changed']).toEqual(['shippingAddress']);
    expect(
      (await said(services.inventory.database, 'inventory')).map(({ type, key }) => [type, key]),
    ).toEqual([
      ['inventory.stock-reserved.v1', 'lamp'],
      ['inventory.stock-released.v1', 'lamp'],
    ]);
    expect((await said(services.payments.database, 'payments')).map(({ type, key }) => [type, key])).toEqual([
      ['payments.captured.v1', paymentId],
      ['payments.refunded.v1', paymentId],
    ]);
  });

  it('is said of an order that is rejected, too: what was declined, and what went back', async () => {
    await services.shop.givenProduct('chair', 5);
    await place('chair', 'tok_chargeDeclined').expect(402);
    const last = async (database: Sequelize, capability: string) =>
      (await said(database, capability)).at(-1)?.type;
    expect(await last(services.database, 'orders')).toBe('orders.rejected.v1');
    expect(await last(services.payments.database, 'payments')).toBe('payments.declined.v1');
    expect(await last(services.inventory.database, 'inventory')).toBe('inventory.stock-released.v1');
  });
});
