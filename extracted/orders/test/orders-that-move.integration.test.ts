import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import request from 'supertest';
import type { Order } from '#contracts/shop/orders.js';
import { AppError } from '#platform/errors/app-error.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import { abandonCalls, shopClient } from '../../../legacy-monolith/test/shop-client.js';
import { orders as move } from '../../../migrations/moves/orders.js';
import { handOverByHand } from '../../../tests/support/hand-over-by-hand.js';
import { until } from '../../../tests/support/until.js';
import { type Participants, Unreachable } from '../use-cases/participants.js';
import { type ServiceShop, startServiceShop } from './start-test-orders.js';

let services: ServiceShop;
let product: string;
beforeAll(async () => {
  // Its own instance takes up nothing: a step that fails on purpose elsewhere would succeed there.
  services = await startServiceShop({ idle: true });
  for (const capability of ['payments', 'inventory', 'orders'])
    await services.monolith.database.query(`UPDATE ${capability}_ownership SET state = 'released'`);
});
beforeEach(async () => {
  product = randomUUID();
  await services.shop.givenProduct(product, 10);
});
afterAll(() => services.stop());

const moved = new Set<number>();
const moveToMonolith = (orderId: string) => {
  moved.add(bucketOfKey('orders', orderId));
  return handOverByHand(
    { monolith: services.monolith.database, service: services.database },
    move,
    [orderId],
    'monolith',
  );
};
/** The key of an order that the service owns: buckets that were moved stay with the monolith. */
function newKey(): string {
  const key = randomUUID();
  return moved.has(bucketOfKey('orders', deriveId('orders', key))) ? newKey() : key;
}
const atMonolith = async (orderId: string): Promise<Order> =>
  (await request(services.monolith.app).get(`/orders/${orderId}`).expect(200)).body;
const sagaEnds = (orderId: string) =>
  until('its saga has ended', async () => {
    const sql = 'SELECT 1 FROM sagas WHERE subject = ?';
    const open = await services.database.query(sql, { replacements: [orderId], type: QueryTypes.SELECT });
    return open.length === 0;
  });
const chargesOf = async (orderId: string) =>
  (await services.providers.charges())
    .filter(({ reference }) => reference === orderId)
    .map(({ status }) => status);
const stockIsBack = () =>
  until('its stock is back', async () => {
    const [available, reserved] = await services.shop.stock(product);
    return available === 10 && reserved === 0;
  });

function startInstance(payments: (known: Participants['payments']) => Partial<Participants['payments']>) {
  return services.startInstance({
    idle: true,
    between: (participants) => ({
      ...participants,
      payments: { ...participants.payments, ...payments(participants.payments) },
    }),
  });
}

describe('an order that moves while it is being placed, and is cancelled by its client there', () => {
  it.each(['before its charge', 'after its charge'])(
    '%s: nothing is kept of it, and its key has an answer',
    async (when) => {
      const key = newKey();
      const orderId = deriveId('orders', key);
      const cancelThere = async () => {
        await moveToMonolith(orderId);
        await request(services.monolith.app).post(`/orders/${orderId}/cancel`).send({}).expect(200);
      };
      const instance = startInstance(({ charge }) => ({
        charge: async (order) => {
          if (when === 'before its charge') await cancelThere();
          const charged = await charge(order);
          if (when === 'after its charge') await cancelThere();
          return charged;
        },
      }));
      const wanted = { items: { [product]: 2 }, key };
      const first = await shopClient(instance.app).place(wanted).expect(409);
      expect(first.body.code).toBe('invalid_state');
      await sagaEnds(orderId);
      expect((await atMonolith(orderId)).status).toBe('CANCELLED');
      expect(await chargesOf(orderId)).toEqual(['REFUNDED']);
      await stockIsBack();
      const again = await shopClient(services.monolith.app).place(wanted).expect(409);
      expect(again.body.code).toBe('invalid_state');
      await instance.stop();
    },
  );

  it('and is declined: the decline is the answer, and the order stays cancelled', async () => {
    const key = newKey();
    const orderId = deriveId('orders', key);
    const instance = startInstance(({ charge }) => ({
      charge: async (order) => {
        await moveToMonolith(orderId);
        await request(services.monolith.app).post(`/orders/${orderId}/cancel`).send({}).expect(200);
        return charge(order);
      },
    }));
    const wanted = { items: { [product]: 2 }, key, token: 'tok_chargeDeclined' };
    await shopClient(instance.app).place(wanted).expect(402);
    await sagaEnds(orderId);
    expect((await atMonolith(orderId)).status).toBe('CANCELLED');
    await stockIsBack();
    await shopClient(services.monolith.app).place(wanted).expect(402);
    await instance.stop();
  });
});

describe('an order that moves while its cancellation is being given up', () => {
  const cancel = (app: ServiceShop['app'], orderId: string, key: string) =>
    request(app).post(`/orders/${orderId}/cancel`).set('idempotency-key', key).send({});

  const givingUp = (why: () => Error, meanwhile: (orderId: string) => Promise<void>) => {
    let moved: Promise<void> | undefined;
    return startInstance(() => ({
      giveBack: async ({ orderId }) => {
        await (moved ??= moveToMonolith(orderId).then(() => meanwhile(orderId)));
        throw why();
      },
    }));
  };

  it.each([
    ['nobody can be asked', () => new Unreachable('Payment', 'away'), 503],
    ['the refund is refused', () => new AppError('invalid_state', 'there is no charge'), 409],
  ])('since %s: its key is free for another try, which cancels it there', async (_why, why, status) => {
    const { orderId } = (await services.shop.place({ items: { [product]: 2 }, key: newKey() }).expect(201))
      .body;
    const key = randomUUID();
    const instance = givingUp(why, async () => undefined);
    await cancel(instance.app, orderId, key).expect(status);
    await sagaEnds(orderId);
    expect((await atMonolith(orderId)).status).toBe('CONFIRMED');
    await cancel(services.monolith.app, orderId, key).expect(200);
    expect(await chargesOf(orderId)).toEqual(['REFUNDED']);
    await stockIsBack();
    await instance.stop();
  });

  it('and is cancelled by its new owner: that is the answer under its key', async () => {
    const { orderId } = (await services.shop.place({ items: { [product]: 2 }, key: newKey() }).expect(201))
      .body;
    const key = randomUUID();
    const instance = givingUp(
      () => new Unreachable('Payment', 'away'),
      async () => {
        await abandonCalls(services.monolith.database);
        await until('it is cancelled there', async () => (await atMonolith(orderId)).status === 'CANCELLED');
      },
    );
    await cancel(instance.app, orderId, key).expect(503);
    await sagaEnds(orderId);
    const again = await cancel(services.monolith.app, orderId, key).expect(200);
    expect(again.body).toMatchObject({ status: 'CANCELLED' });
    expect(await chargesOf(orderId)).toEqual(['REFUNDED']);
    await stockIsBack();
    await instance.stop();
  });
});
