import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { until } from '../../tests/support/until.js';
import { countRows, mailsTo, newEmail } from './shop-client.js';
import type { TestMonolith } from './start-test-monolith.js';
import { startTestShop, type TestShop } from './start-test-shop.js';

let running: TestShop;
let monolith: TestMonolith;
let shop: TestShop['shop'];

beforeAll(async () => {
  running = await startTestShop();
  ({ monolith, shop } = running);
});
afterAll(() => running.stop());

const chargesOf = (orderId: string) => running.chargesOf(orderId);

describe('an order', () => {
  it('is confirmed, with stock reserved, payment taken and customer told', async () => {
    await shop.givenProduct('lantern', 10, 250);
    await shop.givenProduct('candle', 5, 99);
    const email = newEmail();
    const answer = await shop.place({ items: { lantern: 2, candle: 1 }, contact: { email } }).expect(201);
    const order = answer.body;
    expect(order).toMatchObject({
      status: 'CONFIRMED',
      items: [
        { productId: 'lantern', quantity: 2, unitPrice: { amount: 250, currency: 'GBP' } },
        { productId: 'candle', quantity: 1, unitPrice: { amount: 99, currency: 'GBP' } },
      ],
      total: { amount: 599, currency: 'GBP' },
      contact: { email },
      reason: null,
      shipment: null,
      version: 2,
    });
    expect(answer.headers).toMatchObject({ location: `/orders/${order.orderId}`, etag: '"2"' });
    expect(await shop.order(order.orderId)).toEqual(order);
    expect(await shop.stock('lantern')).toEqual([8, 2, 2]);
    expect(await chargesOf(order.orderId)).toMatchObject([
      { key: order.paymentId, status: 'CAPTURED', amount: 599 },
    ]);
    await until(async () => (await mailsTo(email)).length > 0);
    expect((await mailsTo(email))[0]!.text).toContain('5.99 GBP');
    await until(async () => (await shop.timeline(order.orderId)).includes('notification.sent'));
    expect(await shop.timeline(order.orderId)).toEqual([
      'order.placed',
      'stock.reserved',
      'payment.captured',
      'order.confirmed',
      'notification.queued',
      'notification.sent',
    ]);
  });

  it('keeps the price of its moment', async () => {
    await shop.givenProduct('vase', 5, 100);
    const { body } = await shop.place({ items: { vase: 1 } }).expect(201);
    await shop.givenProduct('vase', 5, 900);
    expect((await shop.order(body.orderId)).total.amount).toBe(100);
  });

  it('of an unknown product is not kept', async () => {
    await shop.givenProduct('known', 5);
    const before = await countRows(monolith.database, 'orders');
    const answer = await shop.place({ items: { known: 1, nobody: 1, nothing: 1 } }).expect(404);
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(['nobody', 'nothing']);
    expect(await countRows(monolith.database, 'orders')).toBe(before);
    expect(await shop.stock('known')).toEqual([5, 0, 1]);
  });

  it('for which there is not enough stock is rejected, and stays readable', async () => {
    await shop.givenProduct('rare', 1);
    await shop.givenProduct('plenty', 100);
    await request(monolith.app)
      .put('/products/stockless')
      .send({ name: 'X', price: { amount: 1, currency: 'GBP' } });
    const answer = await shop.place({ items: { plenty: 1, rare: 2, stockless: 1 } }).expect(409);
    expect(answer.body).toMatchObject({
      code: 'insufficient_stock',
      errors: [{ path: 'rare', message: '1 available, 2 wanted' }, { path: 'stockless' }],
    });
    const order = (await request(monolith.app).get(answer.headers['location']!).expect(200)).body;
    expect(order).toMatchObject({
      status: 'REJECTED',
      reason: 'insufficient_stock',
      paymentId: null,
      version: 2,
    });
    expect(await shop.stock('plenty')).toEqual([100, 0, 1]);
    expect(await chargesOf(order.orderId)).toEqual([]);
    expect(await shop.timeline(order.orderId)).toEqual(['order.placed', 'order.rejected']);
  });

  it('whose payment is declined is rejected, and its stock free again', async () => {
    await shop.givenProduct('mug', 3);
    const email = newEmail();
    const answer = await shop
      .place({ items: { mug: 2 }, token: 'tok_chargeDeclined', contact: { email } })
      .expect(402);
    expect(answer.body.code).toBe('payment_declined');
    const order = (await request(monolith.app).get(answer.headers['location']!).expect(200)).body;
    expect(order).toMatchObject({ status: 'REJECTED', reason: 'payment_declined', paymentId: null });
    expect(await shop.stock('mug')).toEqual([3, 0, 3]);
    expect(await shop.notifications(order.orderId)).toEqual([]);
    expect(await shop.timeline(order.orderId)).toEqual([
      'order.placed',
      'stock.reserved',
      'payment.declined',
      'stock.released',
      'order.rejected',
    ]);
  });

  it('whose payment gets no answer in time is rejected, and never charged', async () => {
    await shop.givenProduct('clock', 3);
    const answer = await shop.place({ items: { clock: 1 }, token: 'tok_timeout' }).expect(504);
    expect(answer.body).toMatchObject({
      code: 'timeout',
      detail: 'Payment provider did not answer in time; nothing was charged',
    });
    const order = (await request(monolith.app).get(answer.headers['location']!).expect(200)).body;
    expect(order).toMatchObject({ status: 'REJECTED', reason: 'timeout' });
    expect(await shop.stock('clock')).toEqual([3, 0, 3]);
    expect(await chargesOf(order.orderId)).toMatchObject([{ status: 'VOIDED' }]);
  });

  it('is placed in spite of a provider that fails twice', async () => {
    await shop.givenProduct('lamp', 3);
    const { body } = await shop.place({ items: { lamp: 1 }, token: 'tok_flaky' }).expect(201);
    expect(await chargesOf(body.orderId)).toMatchObject([{ status: 'CAPTURED' }]);
  });

  it('without an address of any kind is placed without a word', async () => {
    await shop.givenProduct('quiet', 3);
    const { body } = await shop.place({ items: { quiet: 1 } }).expect(201);
    expect(await shop.notifications(body.orderId)).toEqual([]);
  });

  it.each([
    ['no items', { items: {} }],
    ['a quantity of zero', { items: { lantern: 0 } }],
    ['a customer with a space', { items: { lantern: 1 }, customerId: 'a b' }],
  ])('with %s is refused', async (_what, order) => {
    expect((await shop.place(order).expect(400)).body.code).toBe('invalid_request');
  });

  it('in two currencies is refused', async () => {
    await shop.givenProduct('pounds', 3, 100, 'GBP');
    await shop.givenProduct('euros', 3, 100, 'EUR');
    expect((await shop.place({ items: { pounds: 1, euros: 1 } }).expect(400)).body.code).toBe(
      'invalid_request',
    );
  });
});

describe('an order with an Idempotency-Key', () => {
  it('is placed once, however simultaneously it is sent', async () => {
    await shop.givenProduct('once', 50);
    const key = randomUUID();
    const email = newEmail();
    const send = () => shop.place({ items: { once: 1 }, key, contact: { email } });
    const answers = await Promise.all(Array.from({ length: 8 }, send));
    expect(answers.filter(({ status }) => ![201, 409].includes(status))).toEqual([]);
    const replay = await send().expect(201);
    expect(replay.headers['idempotency-replayed']).toBe('true');
    const placed = answers.filter(({ status }) => status === 201);
    expect(new Set(placed.map(({ body }) => body.orderId))).toEqual(new Set([replay.body.orderId]));
    expect(await shop.stock('once')).toEqual([49, 1, 2]);
    expect(await chargesOf(replay.body.orderId)).toHaveLength(1);
    await until(async () => (await shop.notifications(replay.body.orderId))[0]?.status === 'SENT');
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it('gets the same refusal again', async () => {
    await shop.givenProduct('gone', 0);
    const key = randomUUID();
    const first = await shop.place({ items: { gone: 1 }, key }).expect(409);
    await shop.givenProduct('gone', 10);
    const again = await shop.place({ items: { gone: 1 }, key }).expect(409);
    expect(again.body).toEqual(first.body);
    expect(again.headers['location']).toBe(first.headers['location']);
  });

  it('is the same order after the key has been forgotten', async () => {
    await shop.givenProduct('old', 10);
    const key = randomUUID();
    await shop.place({ items: { old: 1 }, key }).expect(201);
    await monolith.database.query('DELETE FROM orders_idempotency WHERE idempotency_key = ?', {
      replacements: [key],
    });
    const again = await shop.place({ items: { old: 1 }, key }).expect(422);
    expect(again.body.code).toBe('idempotency_key_reused');
    expect(await shop.stock('old')).toEqual([9, 1, 2]);
  });
});

describe('many orders at once', () => {
  it('of the same products, named in opposite order, never sell what is not there', async () => {
    await shop.givenProduct('left', 20);
    await shop.givenProduct('right', 20);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        shop.place({ items: n % 2 ? { left: 1, right: 1 } : { right: 1, left: 1 } }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(20).fill(201), ...Array(10).fill(409)]);
    expect(await shop.stock('left')).toEqual([0, 20, 21]);
    expect(await shop.stock('right')).toEqual([0, 20, 21]);
  });
});

describe('a cancelled order', () => {
  it('gives money and stock back, and says so', async () => {
    await shop.givenProduct('kite', 4);
    const email = newEmail();
    const { orderId, paymentId } = (await shop.place({ items: { kite: 3 }, contact: { email } })).body;
    const answer = await shop.act(orderId, 'cancel').expect(200);
    expect(answer.body).toMatchObject({ status: 'CANCELLED', version: 3 });
    expect(await shop.stock('kite')).toEqual([4, 0, 3]);
    expect((await request(monolith.app).get(`/payments/${paymentId}`)).body).toMatchObject({
      status: 'REFUNDED',
      version: 2,
    });
    expect(await chargesOf(orderId)).toMatchObject([{ status: 'REFUNDED' }]);
    await until(async () => (await mailsTo(email)).length === 2);
    expect((await mailsTo(email)).map(({ subject }) => subject).sort()).toEqual([
      `Your order ${orderId} is cancelled`,
      `Your order ${orderId} is confirmed`,
    ]);
    expect(await shop.timeline(orderId)).toEqual(
      expect.arrayContaining(['payment.refunded', 'stock.released', 'order.cancelled']),
    );
    expect((await shop.act(orderId, 'cancel').expect(409)).body.code).toBe('invalid_state');
    expect(await shop.stock('kite')).toEqual([4, 0, 3]);
  });

  it('can be one whose payment was refunded before', async () => {
    await shop.givenProduct('drum', 4);
    const { orderId, paymentId } = (await shop.place({ items: { drum: 1 } })).body;
    await request(monolith.app).post(`/payments/${paymentId}/refund`).expect(200);
    await shop.act(orderId, 'cancel').expect(200);
    expect(await chargesOf(orderId)).toMatchObject([{ status: 'REFUNDED' }]);
    expect(await countRows(monolith.database, 'payment_attempts')).toBe(0);
  });
});

describe('a shipped order', () => {
  it('has left the house, and arrives', async () => {
    await shop.givenProduct('bell', 4);
    const email = newEmail();
    const { orderId } = (await shop.place({ items: { bell: 3 }, contact: { email } })).body;
    expect((await shop.act(orderId, 'deliver').expect(409)).body.code).toBe('invalid_state');
    const shipment = { carrier: 'Royal Mail', trackingNumber: 'RM-1' };
    const shipped = await shop.act(orderId, 'ship', shipment).expect(200);
    expect(shipped.body).toMatchObject({ status: 'SHIPPED', shipment, version: 3 });
    expect(await shop.stock('bell')).toEqual([1, 0, 3]);
    expect((await shop.act(orderId, 'cancel').expect(409)).body.code).toBe('invalid_state');
    expect((await shop.act(orderId, 'deliver').expect(200)).body.status).toBe('DELIVERED');
    await until(async () => (await mailsTo(email)).length === 3);
    expect((await shop.act(orderId, 'ship', shipment).expect(409)).body.code).toBe('invalid_state');
  });

  it('must be named with its carrier', async () => {
    await shop.act('some-order', 'ship').expect(400);
    await shop.act('some-order', 'cancel').expect(404);
  });
});

describe('a change of an order', () => {
  const change = (orderId: string, body: object, version?: string) => {
    const sent = request(monolith.app).patch(`/orders/${orderId}`);
    if (version) sent.set('if-match', version);
    return sent.send(body);
  };
  const address = { line1: '1 High Street', city: 'York', country: 'United Kingdom' };

  it('replaces what is given and leaves the rest', async () => {
    await shop.givenProduct('frame', 9);
    const email = newEmail();
    const { orderId } = (await shop.place({ items: { frame: 1 }, contact: { email } })).body;
    const moved = await change(orderId, { shippingAddress: address }).expect(200);
    expect(moved.body).toMatchObject({ shippingAddress: address, contact: { email }, version: 3 });
    const told = await change(orderId, { contact: { phone: '+441632960961' } }).expect(200);
    expect(told.body).toMatchObject({ shippingAddress: address, version: 4 });
    expect(told.body.contact).toEqual({ phone: '+441632960961' });
    expect((await shop.timeline(orderId)).filter((type) => type === 'order.changed')).toHaveLength(2);
  });

  it('is refused for another version, and once the order is shipped', async () => {
    await shop.givenProduct('book', 9);
    const { orderId } = (await shop.place({ items: { book: 1 } })).body;
    expect((await change(orderId, { contact: {} }, '"1"').expect(412)).body.code).toBe('version_mismatch');
    await change(orderId, { contact: {} }, '"2"').expect(200);
    await shop.act(orderId, 'ship', { carrier: 'DHL', trackingNumber: '1' }).expect(200);
    expect((await change(orderId, { contact: {} }).expect(409)).body.code).toBe('invalid_state');
    await change(orderId, {}).expect(400);
  });
});

describe('orders', () => {
  const customerId = `customer-${randomUUID()}`;
  const other = `customer-${randomUUID()}`;
  const placed: string[] = [];

  beforeAll(async () => {
    await shop.givenProduct('listed', 7, 100);
    await shop.givenProduct('foreign', 50, 500, 'EUR');
    for (let n = 0; n < 5; n++)
      placed.push((await shop.place({ items: { listed: 1 }, customerId })).body.orderId);
    await shop.place({ items: { listed: 1 }, customerId: other });
    await shop.place({ items: { foreign: 2 }, customerId });
    await shop.place({ items: { listed: 99 }, customerId }).expect(409);
    await shop.act(placed[0]!, 'cancel').expect(200);
    await shop.act(placed[1]!, 'ship', { carrier: 'DHL', trackingNumber: '1' }).expect(200);
  });

  it('are listed newest first, page by page, without a gap when new ones arrive', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 20; page++) {
      const answer: request.Response = await request(monolith.app)
        .get(`/orders?customerId=${customerId}&status=CONFIRMED&limit=2${cursor && `&cursor=${cursor}`}`)
        .expect(200);
      seen.push(...answer.body.items.map((order: { orderId: string }) => order.orderId));
      cursor = answer.body.nextCursor;
      await shop.place({ items: { foreign: 1 }, customerId: other });
    }
    expect(seen.slice(1)).toEqual([placed[4], placed[3], placed[2]]);
    expect(seen).toHaveLength(4);
  });

  it('of the same millisecond are listed once each', async () => {
    const sameTime = `customer-${randomUUID()}`;
    for (let n = 0; n < 5; n++) await shop.place({ items: { foreign: 1 }, customerId: sameTime });
    await monolith.database.query('UPDATE orders SET created_at = ? WHERE customer_id = ?', {
      replacements: ['2024-01-01 00:00:00.123', sameTime],
    });
    const seen: string[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 20; page++) {
      const { body }: request.Response = await request(monolith.app).get(
        `/orders?customerId=${sameTime}&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...body.items.map((order: { orderId: string }) => order.orderId));
      cursor = body.nextCursor;
    }
    expect(seen).toHaveLength(5);
    expect(new Set(seen).size).toBe(5);
  });

  it('are summed up for their customer', async () => {
    const { body } = await request(monolith.app).get(`/customers/${customerId}/summary`).expect(200);
    expect(body).toMatchObject({
      customerId,
      orders: 7,
      confirmed: 5,
      cancelled: 1,
      rejected: 1,
      totals: [
        { amount: 1000, currency: 'EUR' },
        { amount: 400, currency: 'GBP' },
      ],
    });
    const newest = (await request(monolith.app).get(`/orders?customerId=${customerId}&limit=1`)).body
      .items[0];
    expect(body.lastOrderAt).toBe(newest.createdAt);
  });

  it.each(['/orders/nowhere', '/orders/nowhere/tracking', '/customers/nobody/summary'])(
    'are not found at %s',
    async (path) => {
      expect((await request(monolith.app).get(path).expect(404)).body.code).toBe('not_found');
    },
  );

  it.each(['/orders?status=LOST', '/orders?cursor=abc', '/orders?customer=1'])(
    'are not listed by %s',
    async (path) => {
      await request(monolith.app).get(path).expect(400);
    },
  );
});

describe('the monolith', () => {
  it('counts and times its answers by endpoint', async () => {
    await request(monolith.app).get('/orders/nowhere').expect(404);
    const { text } = await request(monolith.app).get('/metrics').expect(200);
    expect(text).toMatch(/http_request_duration_seconds_count\{endpoint="orders.get",status="404"\} \d+/);
  });
});
