import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  type InstanceOptions,
  type ServiceShop,
  startServiceShop,
} from '../../extracted/orders/test/start-test-orders.js';
import { orders as move } from '../../migrations/moves/orders.js';
import { handOverByHand } from '../../tests/support/hand-over-by-hand.js';
import { until } from '../../tests/support/until.js';
import { mailsTo, newEmail, shopClient } from './shop-client.js';

type Participants = Parameters<NonNullable<InstanceOptions['between']>>[0];

/** Orders are the service's; stock, payments and messages are the monolith's. */
let service: ServiceShop;
let shop: ReturnType<typeof shopClient>;
let atMonolith: ReturnType<typeof shopClient>;
/** What happens to an order right after its money was taken. */
let onceCharged: (orderId: string) => Promise<void> = async () => undefined;

const between = (participants: Participants): Participants => ({
  ...participants,
  payments: {
    ...participants.payments,
    charge: async (order) => {
      const outcome = await participants.payments.charge(order);
      await onceCharged(order.orderId);
      return outcome;
    },
  },
});

beforeAll(async () => {
  service = await startServiceShop({ between });
  await service.inventory.database.query("UPDATE inventory_ownership SET state = 'released'");
  await service.payments.database.query("UPDATE payments_ownership SET state = 'released'");
  await service.monolith.database.query("UPDATE orders_ownership SET state = 'released'");
  shop = shopClient(service.orders.app);
  atMonolith = shopClient(service.monolith.app);
});
afterAll(() => service.stop());

async function givenProduct(): Promise<string> {
  const product = `product-${randomUUID()}`;
  await atMonolith.givenProduct(product, 10);
  return product;
}

describe('an order of the service', () => {
  it('is placed, cancelled and shipped with what the monolith owns', async () => {
    const product = await givenProduct();
    const email = newEmail();
    const place = async () =>
      (await shop.place({ items: { [product]: 2 }, contact: { email } }).expect(201)).body;
    const [toCancel, toShip] = [await place(), await place()];
    expect(await atMonolith.stock(product)).toEqual([6, 4, 3]);
    await shop.act(toCancel.orderId, 'cancel').expect(200);
    await shop.act(toShip.orderId, 'ship', { carrier: 'DHL', trackingNumber: '1' }).expect(200);
    expect(await atMonolith.stock(product)).toEqual([8, 0, 5]);
    const charges = await service.providers.charges();
    const statusOf = (orderId: string) => charges.find(({ reference }) => reference === orderId)?.status;
    expect([statusOf(toCancel.orderId), statusOf(toShip.orderId)]).toEqual(['REFUNDED', 'CAPTURED']);
    await until(async () => (await mailsTo(email)).length === 4);
  });

  it('is refused with every product named that is short', async () => {
    const [one, two] = [await givenProduct(), await givenProduct()];
    const refused = await shop.place({ items: { [one]: 11, [two]: 12 } }).expect(409);
    expect(refused.body.errors.map(({ path }: { path: string }) => path)).toEqual([one, two]);
  });

  it('that is handed over while it is placed is confirmed by the monolith', async () => {
    const product = await givenProduct();
    const email = newEmail();
    const databases = { monolith: service.monolith.database, service: service.database };
    onceCharged = (orderId) => handOverByHand(databases, move, [orderId], 'monolith');
    const order = { items: { [product]: 2 }, contact: { email }, key: randomUUID() };
    await shop.place(order);
    onceCharged = async () => undefined;
    const placed = await atMonolith.place(order);
    expect(placed.status).toBe(201);
    const confirmed = await atMonolith.order(placed.body.orderId);
    expect(confirmed).toMatchObject({ status: 'CONFIRMED', version: 2, contact: { email } });
    expect(placed.body).toEqual(confirmed);
    expect(await atMonolith.timeline(confirmed.orderId)).toEqual(
      expect.arrayContaining(['order.placed', 'stock.reserved', 'payment.captured', 'order.confirmed']),
    );
    expect(await atMonolith.stock(product)).toEqual([8, 2, 2]);
    await until(async () => (await mailsTo(email)).length === 1);
  });
});
