import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { QueryTypes } from 'sequelize';
import request from 'supertest';
import type { Settlement } from '#contracts/shop/order-requests.js';
import type { Charge } from '#contracts/shop/provider.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Order } from '#contracts/shop/orders.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import { shopClient } from '../../../legacy-monolith/test/shop-client.js';
import { until } from '../../../tests/support/until.js';
import { type Participants, Unreachable } from '../use-cases/participants.js';
import {
  type InstanceOptions,
  startServiceShop,
  type ServiceShop,
  type TestOrders,
} from './start-test-orders.js';

let services: ServiceShop;
/** What nobody can ask for just now: of all instances, since one that can would help another that can't. */
let away: string[] = [];
/** What the other side says when an order is settled there, whichever instance asks: sagas that wait are anybody's. */
let otherSide: Participants['settleElsewhere'] | undefined;
const settledByOtherSide = ({ settleElsewhere }: Participants): Pick<Participants, 'settleElsewhere'> => ({
  settleElsewhere: (...settlement) => (otherSide ?? settleElsewhere)(...settlement),
});
beforeAll(async () => {
  const unless =
    <Args extends unknown[], Result>(name: string, ask: (...args: Args) => Promise<Result>) =>
    (...args: Args) =>
      away.includes(name) ? Promise.reject(new Unreachable('Payment', name)) : ask(...args);
  services = await startServiceShop({
    between: between((participants) => ({
      ...settledByOtherSide(participants),
      payments: {
        ...participants.payments,
        charge: unless('charge', participants.payments.charge),
        giveBack: unless('giveBack', participants.payments.giveBack),
      },
      stock: { ...participants.stock, ship: unless('ship', participants.stock.ship) },
    })),
    timeouts: { stockMs: 300 },
  });
});
afterEach(() => {
  away = [];
  otherSide = undefined;
});
afterAll(() => services.stop());

const chargesOf = async (orderId: string): Promise<Charge[]> =>
  (await services.providers.charges()).filter(({ reference }) => reference === orderId);
const statusOf = async (orderId: string) =>
  ((await request(services.app).get(`/orders/${orderId}`)).body as { status: string }).status;
const ended = (orderId: string) =>
  until(`nothing works on ${orderId}`, async () => {
    const sql = 'SELECT 1 FROM sagas WHERE subject = ?';
    const open = await services.database.query(sql, { replacements: [orderId], type: QueryTypes.SELECT });
    return open.length === 0;
  });
const clientOf = (instance: TestOrders) => shopClient(instance.app);

/** Stands between an instance and one of the others. */
const between =
  (change: (participants: Participants) => Partial<Participants>) => (participants: Participants) => ({
    ...participants,
    ...change(participants),
  });

/** An instance whose charges wait until they are let. */
function startSlow(timeouts: InstanceOptions['timeouts'] = {}): { slow: TestOrders; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  const slow = services.startInstance({
    timeouts,
    between: between(({ payments }) => ({
      payments: {
        ...payments,
        charge: async (order) => {
          await opened;
          return payments.charge(order);
        },
      },
    })),
  });
  return { slow, open: () => open() };
}

describe('an order that takes long to place', () => {
  it('is pending, and cannot be cancelled half-way; then it is confirmed', async () => {
    await services.shop.givenProduct('slow', 5);
    const { slow, open } = startSlow();
    const key = randomUUID();
    const orderId = deriveId('orders', key);
    const placed = clientOf(slow)
      .place({ items: { slow: 2 }, key })
      .then((answer) => answer);
    await until('it is pending', async () => (await statusOf(orderId)) === 'PENDING');
    const again = await services.shop.place({ items: { slow: 2 }, key });
    expect([again.status, again.body.code]).toEqual([409, 'request_in_progress']);
    const cancelled = await services.shop.act(orderId, 'cancel').expect(409);
    expect(cancelled.body).toMatchObject({
      code: 'invalid_state',
      detail: expect.stringContaining('place order'),
    });
    open();
    expect((await placed).status).toBe(201);
    expect(await chargesOf(orderId)).toMatchObject([{ status: 'CAPTURED' }]);
    await ended(orderId);
    await services.shop.act(orderId, 'cancel').expect(200);
    await slow.stop();
  });

  it('is answered as pending when the client has waited long enough, and goes on', async () => {
    await services.shop.givenProduct('slower', 5);
    const { slow, open } = startSlow({ answerMs: 300 });
    const key = randomUUID();
    const orderId = deriveId('orders', key);
    const first = await clientOf(slow).place({ items: { slower: 2 }, key });
    expect([first.status, first.body.status, first.headers['location']]).toEqual([
      202,
      'PENDING',
      `/orders/${orderId}`,
    ]);
    expect(first.headers['etag']).toBe('"1"');
    open();
    await until('it is confirmed', async () => (await statusOf(orderId)) === 'CONFIRMED');
    // The same request gets its first answer, and the order tells how it went on.
    const replayed = await services.shop.place({ items: { slower: 2 }, key }).expect(202);
    expect(replayed.headers['idempotency-replayed']).toBe('true');
    expect(await chargesOf(orderId)).toMatchObject([{ status: 'CAPTURED' }]);
    expect(await services.shop.stock('slower')).toEqual([3, 2, 2]);
    await ended(orderId);
    await services.shop.act(orderId, 'cancel').expect(200);
    await slow.stop();
  });
});

describe('an instance that dies while it places an order', () => {
  it.each(['reserve', 'charge'] as const)('after it has asked to %s leaves it to another', async (moment) => {
    await services.shop.givenProduct(`dying-${moment}`, 5);
    // What comes after its death is of no consequence.
    let bury = () => {};
    const dead = new Promise<void>((resolve) => (bury = resolve));
    const dying = services.startInstance({
      idle: true,
      between: between(({ stock, payments }) => ({
        stock: {
          ...stock,
          reserve: async (order) => {
            await stock.reserve(order);
            if (moment === 'reserve') await dead;
          },
        },
        payments: {
          ...payments,
          charge: async (order) => {
            const outcome = await payments.charge(order);
            if (moment === 'charge') await dead;
            return outcome;
          },
        },
      })),
    });
    const key = randomUUID();
    const orderId = deriveId('orders', key);
    const items = { [`dying-${moment}`]: 2 };
    const gone = clientOf(dying)
      .place({ items, key })
      .then(
        () => undefined,
        () => undefined,
      );
    await until('it has asked', async () => {
      const [, reserved] = await services.shop.stock(`dying-${moment}`);
      return moment === 'reserve' ? reserved === 2 : (await chargesOf(orderId)).length === 1;
    });
    // Its lease ends as if it had died; whatever it still does is not written.
    await services.database.query(
      'UPDATE sagas SET leased_until = NOT_BEFORE, revision = revision + 1 WHERE subject = ?',
      {
        replacements: [orderId],
      },
    );
    await ended(orderId);
    expect(await statusOf(orderId)).toBe('CONFIRMED');
    expect(await services.shop.stock(`dying-${moment}`)).toEqual([3, 2, 2]);
    expect(await chargesOf(orderId)).toMatchObject([{ status: 'CAPTURED' }]);
    const replayed = await services.shop.place({ items, key }).expect(201);
    expect(replayed.body).toMatchObject({ orderId, status: 'CONFIRMED' });
    bury();
    await gone;
  });
});

describe('a capability that is away', () => {
  it('makes the order fail, with nothing reserved; with the same key it can be placed later', async () => {
    await services.shop.givenProduct('later', 5);
    away = ['charge'];
    const key = randomUUID();
    const orderId = deriveId('orders', key);
    const refused = await services.shop.place({ items: { later: 2 }, key }).expect(503);
    expect(refused.body).toMatchObject({ code: 'unavailable', detail: 'Payment service is unavailable' });
    expect(refused.headers['location']).toBe(`/orders/${orderId}`);
    expect(await services.shop.order(orderId)).toMatchObject({ status: 'REJECTED', reason: 'unavailable' });
    expect((await services.shop.stock('later')).slice(0, 2)).toEqual([5, 0]);
    away = [];
    const placed = await services.shop.place({ items: { later: 2 }, key }).expect(201);
    expect(placed.body).toMatchObject({ orderId, status: 'CONFIRMED', version: 4 });
    expect((await services.shop.stock('later')).slice(0, 2)).toEqual([3, 2]);
    expect(await chargesOf(orderId)).toMatchObject([{ status: 'CAPTURED' }]);
  });
});

describe('a write that could not be ended', () => {
  it('may be tried again under its key', async () => {
    await services.shop.givenProduct('again', 5);
    const { orderId } = (await services.shop.place({ items: { again: 2 } }).expect(201)).body as {
      orderId: string;
    };
    const key = randomUUID();
    const cancel = () => request(services.app).post(`/orders/${orderId}/cancel`).set('idempotency-key', key);
    away = ['giveBack'];
    expect((await cancel().expect(503)).body.code).toBe('unavailable');
    expect(await services.shop.order(orderId)).toMatchObject({ status: 'CONFIRMED', version: 2 });
    away = [];
    await cancel().expect(200);
    expect((await cancel().expect(200)).headers).toMatchObject({ 'idempotency-replayed': 'true' });
  });
});

describe('an order that is shipped while stock is away', () => {
  it('is shipped at once, whoever owns it by then; its units follow', async () => {
    await services.shop.givenProduct('parcel', 5);
    const { orderId } = (await services.shop.place({ items: { parcel: 2 } }).expect(201)).body as {
      orderId: string;
    };
    const owns = (state: string) =>
      services.database.query(`UPDATE orders_ownership SET state = '${state}', epoch = epoch + 1`);
    away = ['ship'];
    await services.shop.act(orderId, 'ship', { carrier: 'c', trackingNumber: 't' }).expect(200);
    expect(await services.shop.order(orderId)).toMatchObject({ status: 'SHIPPED', version: 3 });
    expect((await services.shop.act(orderId, 'cancel').expect(409)).body.code).toBe('invalid_state');
    await services.shop.act(orderId, 'deliver').expect(200);
    expect((await services.shop.stock('parcel')).slice(0, 2)).toEqual([3, 2]);
    try {
      await owns('released');
      away = [];
      await until('its units have left', async () => (await services.shop.stock('parcel'))[1] === 0);
    } finally {
      await owns('owned');
    }
    expect((await services.shop.stock('parcel')).slice(0, 2)).toEqual([3, 0]);
  });
});

describe('an order that changes hands while it is worked on', () => {
  it('is cancelled by the service if the monolith had begun that', async () => {
    await services.shop.givenProduct('inherited', 5);
    const { body } = await services.shop.place({ items: { inherited: 2 } }).expect(201);
    const { orderId, paymentId } = body as { orderId: string; paymentId: string };
    // The monolith asked for the money back and died; its note came with the order.
    await request(services.app).post(`/payments/${paymentId}/refund`).expect(200);
    const note = "INSERT INTO order_cancellations VALUES (?, ?, '2010-12-01')";
    await services.database.query(note, { replacements: [paymentId, orderId] });
    const shipped = await services.shop
      .act(orderId, 'ship', { carrier: 'c', trackingNumber: 't' })
      .expect(409);
    expect(shipped.body.detail).toBe(`Order ${orderId} is being cancelled: its payment is on its way back`);
    const finishing = services.startInstance({ finishCancellationsAfterMs: 500 });
    await until('it is cancelled', async () => (await statusOf(orderId)) === 'CANCELLED');
    expect((await services.shop.stock('inherited')).slice(0, 2)).toEqual([5, 0]);
    expect(await chargesOf(orderId)).toMatchObject([{ status: 'REFUNDED' }]);
    await finishing.stop();
  });

  it.each([
    // Of this side's replica nobody knows whether it has what the owner has written down.
    [
      'is confirmed by its owner',
      'tok_visa',
      'CONFIRMED',
      { status: 'CONFIRMED', version: 7 },
      /ending in 4242$/,
    ],
    [
      'is rejected by its owner',
      'tok_chargeDeclined',
      'REJECTED',
      { code: 'payment_declined' },
      /^card_declined$/,
    ],
  ])('%s, who is told until it has done it', async (_what, token, to, said, noted) => {
    await services.shop.givenProduct('handed', 9);
    const settled: Settlement[] = [];
    let answer: request.Response | undefined;
    const key = randomUUID();
    const orderId = deriveId('orders', key);
    const owns = (state: string) =>
      services.database.query(`UPDATE orders_ownership SET state = '${state}', epoch = epoch + 1`);
    otherSide = async (settlement) => {
      settled.push(settlement);
      if (settled.length < 3) throw new AppError('unavailable', 'the answer was lost');
      const replica = (await request(services.app).get(`/orders/${orderId}`)).body as Order;
      return { ...replica, status: settlement.to as Order['status'], version: 7 };
    };
    const overtaken = services.startInstance({
      between: between((participants) => ({
        ...settledByOtherSide(participants),
        payments: {
          ...participants.payments,
          charge: async (order) => {
            const outcome = await participants.payments.charge(order);
            await owns('released');
            return outcome;
          },
        },
      })),
    });
    try {
      answer = await clientOf(overtaken).place({ items: { handed: 1 }, key, token });
      await ended(orderId);
    } finally {
      await owns('owned');
    }
    expect(settled).toHaveLength(3);
    expect(answer?.body).toMatchObject(said);
    expect(settled[0]).toMatchObject({ orderId, from: ['PENDING'], to, write: { idempotencyKey: key } });
    const ofPayment = settled[0]?.entries.filter(({ type }) => type.startsWith('payment.'));
    expect(ofPayment).toEqual([expect.objectContaining({ detail: expect.stringMatching(noted) })]);
    const [charge] = await chargesOf(orderId);
    expect(charge?.status).toBe(to === 'CONFIRMED' ? 'CAPTURED' : 'DECLINED');
    await overtaken.stop();
  });
});

describe('an order that the service does not own', () => {
  it('is not written by it', async () => {
    await services.shop.givenProduct('foreign', 5);
    await services.database.query("UPDATE orders_ownership SET state = 'released', epoch = 3");
    try {
      const answer = await services.shop.place({ items: { foreign: 1 } }).expect(421);
      expect(answer.body.code).toBe('not_owner');
      await services.shop.act('any', 'cancel').expect(421);
      await services.shop.act('any', 'deliver').expect(421);
      await request(services.app).patch('/orders/any').send({ contact: {} }).expect(421);
      expect((await services.shop.stock('foreign')).slice(0, 2)).toEqual([5, 0]);
    } finally {
      await services.database.query("UPDATE orders_ownership SET state = 'owned', epoch = 4");
    }
  });
});

describe('stock that is away', () => {
  it('does not keep an order from being cancelled in the end, once money is on its way back', async () => {
    await services.shop.givenProduct('back', 5);
    const { orderId } = (await services.shop.place({ items: { back: 2 } }).expect(201)).body as {
      orderId: string;
    };
    let broken = true;
    const flaky = services.startInstance({
      timeouts: { answerMs: 300 },
      between: between(({ stock }) => ({
        stock: {
          ...stock,
          release: (order) =>
            broken ? Promise.reject(new Unreachable('Inventory', 1)) : stock.release(order),
        },
      })),
    });
    // Another instance would help: from here on there is none but this one.
    await services.orders.sagas.stop();
    const cancelled = await clientOf(flaky).act(orderId, 'cancel').expect(504);
    expect(cancelled.body.detail).toContain('is not done yet');
    await until('it is stuck', async () => (await flaky.sagas.stuck(3)).length > 0);
    expect(await flaky.sagas.stuck(3)).toMatchObject([{ saga: 'cancel order', step: 'put stock back' }]);
    expect(await chargesOf(orderId)).toMatchObject([{ status: 'REFUNDED' }]);
    const shipped = await clientOf(flaky)
      .act(orderId, 'ship', { carrier: 'c', trackingNumber: 't' })
      .expect(409);
    expect(shipped.body.detail).toContain('cancel order');
    broken = false;
    await until('it is cancelled', async () => (await statusOf(orderId)) === 'CANCELLED');
    expect((await services.shop.stock('back')).slice(0, 2)).toEqual([5, 0]);
    await flaky.stop();
  });
});
