import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import request from 'supertest';
import { begun } from '#platform/database/idempotency.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { until } from '../../../tests/support/until.js';
import { type ServiceShop, startServiceShop } from './start-test-orders.js';

let shop: ServiceShop;
beforeAll(async () => {
  shop = await startServiceShop();
  await shop.shop.givenProduct('lamp', 10);
});
afterAll(() => shop.stop());

/** An instance that answers before the payment is made, which waits until it is let go. */
function slowInstance(beforePaying: (orderId: string) => Promise<void>) {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const { app } = shop.startInstance({
    idle: true,
    timeouts: { answerMs: 3_000 },
    between: (participants) => ({
      ...participants,
      payments: {
        ...participants.payments,
        charge: async (order) => {
          await beforePaying(order.orderId);
          await held;
          return participants.payments.charge(order);
        },
      },
    }),
  });
  return { app, letGo };
}

const setOwner = (orderId: string, state: 'owned' | 'released') =>
  shop.database.query(`UPDATE ${ownershipTable('orders')} SET state = ? WHERE bucket = ?`, {
    replacements: [state, bucketOfKey('orders', orderId)],
  });

async function remembered(key: string): Promise<number | undefined> {
  const [row] = await shop.database.query<{ status: number }>(
    'SELECT status FROM orders_idempotency WHERE idempotency_key = ?',
    { replacements: [key], type: QueryTypes.SELECT },
  );
  return row?.status;
}

const place = (app: ServiceShop['app'], key: string) =>
  request(app)
    .post('/orders')
    .set('Idempotency-Key', key)
    .send({
      ...{ customerId: 'ada', items: [{ productId: 'lamp', quantity: 1 }] },
      ...{ payment: { type: 'card', token: 'tok_visa' }, contact: { email: 'ada@example.com' } },
    });

describe('an order that takes longer than its client waits', () => {
  it('has its answer remembered where it is owned', async () => {
    const slow = slowInstance(async () => undefined);
    const key = randomUUID();
    await place(slow.app, key).expect(202);
    expect(await remembered(key)).toBe(202);
    slow.letGo();
  });

  it('writes nothing where it is not owned any more: its row is the other side’s', async () => {
    let movedInTime = false;
    const slow = slowInstance(async (orderId) => {
      await setOwner(orderId, 'released');
      movedInTime = true;
    });
    const key = randomUUID();
    const { body } = await place(slow.app, key).expect(202);
    expect(movedInTime).toBe(true);
    expect(await remembered(key)).toBe(begun);
    await setOwner(body.orderId, 'owned');
    slow.letGo();
    await until('the order is confirmed', async () => {
      const { body: order } = await request(shop.app).get(`/orders/${body.orderId}`);
      return order.status === 'CONFIRMED';
    });
    expect(await remembered(key)).toBe(201);
  });
});
