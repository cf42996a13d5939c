import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { countRows } from './shop-client.js';
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

function pay(orderId: string, { token = 'tok_visa', key = randomUUID() } = {}) {
  const sent = request(monolith.app).post('/payments');
  if (key !== undefined) sent.set('idempotency-key', key);
  return sent.send({ orderId, amount: { amount: 1299, currency: 'GBP' }, method: { type: 'card', token } });
}
const refund = (paymentId: string, version?: string) => {
  const sent = request(monolith.app).post(`/payments/${paymentId}/refund`);
  return version ? sent.set('if-match', version) : sent;
};
const chargesOf = (orderId: string) => running.chargesOf(orderId);
const openAttempts = () => countRows(monolith.database, 'payment_attempts');

describe('a payment', () => {
  it('is taken from the card, and can be read', async () => {
    const answer = await pay('order-a').expect(201);
    expect(answer.body).toMatchObject({
      orderId: 'order-a',
      amount: { amount: 1299, currency: 'GBP' },
      status: 'CAPTURED',
      method: { type: 'card', last4: '4242' },
      version: 1,
    });
    const { paymentId } = answer.body;
    expect(answer.headers).toMatchObject({ location: `/payments/${paymentId}`, etag: '"1"' });
    expect((await request(monolith.app).get(`/payments/${paymentId}`).expect(200)).body).toEqual(answer.body);
    expect(await chargesOf('order-a')).toMatchObject([{ key: paymentId, amount: 1299 }]);
    expect(await openAttempts()).toBe(0);
  });

  it('is taken once per key', async () => {
    const key = randomUUID();
    const first = await pay('order-b', { key }).expect(201);
    const again = await pay('order-b', { key }).expect(201);
    expect(again.body).toEqual(first.body);
    expect(await chargesOf('order-b')).toHaveLength(1);
  });

  it('is taken once even after its key has been forgotten', async () => {
    const key = randomUUID();
    await pay('order-j', { key }).expect(201);
    await monolith.database.query('DELETE FROM payments_idempotency WHERE idempotency_key = ?', {
      replacements: [key],
    });
    expect((await pay('order-j', { key }).expect(422)).body.code).toBe('idempotency_key_reused');
    expect(await chargesOf('order-j')).toHaveLength(1);
  });

  it('that is declined is not kept, but its answer is', async () => {
    const key = randomUUID();
    const first = await pay('order-c', { key, token: 'tok_chargeDeclined' }).expect(402);
    expect(first.body.code).toBe('payment_declined');
    const again = await pay('order-c', { key, token: 'tok_chargeDeclined' }).expect(402);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await request(monolith.app).get('/payments?orderId=order-c')).body.items).toEqual([]);
    expect(await openAttempts()).toBe(0);
  });

  it('that gets no answer in time is never taken', async () => {
    const answer = await pay('order-d', { token: 'tok_timeout' }).expect(504);
    expect(answer.body.code).toBe('timeout');
    expect(await chargesOf('order-d')).toMatchObject([{ status: 'VOIDED' }]);
    expect(await openAttempts()).toBe(0);
  });

  it('is listed with those of its order, newest first', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) ids.push((await pay('order-e').expect(201)).body.paymentId);
    const first = (await request(monolith.app).get('/payments?orderId=order-e&limit=2').expect(200)).body;
    const rest = (
      await request(monolith.app).get(`/payments?orderId=order-e&limit=2&cursor=${first.nextCursor}`)
    ).body;
    const listed = [...first.items, ...rest.items].map(({ paymentId }: { paymentId: string }) => paymentId);
    expect(listed).toEqual(ids.reverse());
    expect(rest.nextCursor).toBeNull();
  });

  it.each([
    [
      'a negative amount',
      { orderId: 'o', amount: { amount: -1, currency: 'GBP' }, method: { type: 'card', token: 'tok_visa' } },
    ],
    [
      'a fraction',
      { orderId: 'o', amount: { amount: 1.5, currency: 'GBP' }, method: { type: 'card', token: 'tok_visa' } },
    ],
    ['no card', { orderId: 'o', amount: { amount: 1, currency: 'GBP' }, method: { type: 'cash' } }],
  ])('of %s is refused', async (_what, body) => {
    expect((await request(monolith.app).post('/payments').send(body).expect(400)).body.code).toBe(
      'invalid_request',
    );
  });
});

describe('a refund', () => {
  it('gives the money back once', async () => {
    const { paymentId } = (await pay('order-f').expect(201)).body;
    expect((await refund(paymentId, '"7"').expect(412)).body.code).toBe('version_mismatch');
    expect((await refund(paymentId, '"1"').expect(200)).body).toMatchObject({
      status: 'REFUNDED',
      version: 2,
    });
    expect((await refund(paymentId).expect(409)).body.code).toBe('invalid_state');
    expect(await chargesOf('order-f')).toMatchObject([{ status: 'REFUNDED' }]);
    expect(await openAttempts()).toBe(0);
  });

  it('that is asked for many times at once happens once', async () => {
    const { paymentId } = (await pay('order-g').expect(201)).body;
    const answers = await Promise.all(Array.from({ length: 5 }, () => refund(paymentId)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
  });

  it('needs a payment', async () => {
    await refund('nothing').expect(404);
    await request(monolith.app).get('/payments/nothing').expect(404);
  });

  it('is refused for a payment that the provider does not know', async () => {
    await monolith.database.query(
      `INSERT INTO payments VALUES ('imported', 'order-h', 1, 'GBP', 'CAPTURED', '4242', 1, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`,
    );
    expect((await refund('imported').expect(409)).body.code).toBe('invalid_state');
    expect(await openAttempts()).toBe(0);
  });
});

describe('while the provider is down', () => {
  it('nothing is stored, reserved or refunded, and it works again when it is back', async () => {
    await shop.givenProduct('sofa', 2);
    const { orderId } = (await shop.place({ items: { sofa: 1 } }).expect(201)).body;
    const orders = await countRows(monolith.database, 'orders');
    const key = randomUUID();

    await running.providers.goDown();
    const answer = await shop.place({ items: { sofa: 1 }, key }).expect(503);
    expect(answer.body).toMatchObject({ code: 'unavailable', detail: 'Payment service is unavailable' });
    expect(answer.headers['retry-after']).toBe('2');
    await shop.act(orderId, 'cancel').expect(503);
    await pay('order-i', { key }).expect(503);
    expect(await countRows(monolith.database, 'orders')).toBe(orders);
    expect(await shop.stock('sofa')).toEqual([1, 1, 2]);
    expect((await shop.order(orderId)).status).toBe('CONFIRMED');
    expect(await openAttempts()).toBe(0);

    await running.providers.comeBack();
    await shop.place({ items: { sofa: 1 }, key }).expect(201);
    await pay('order-i', { key }).expect(201);
    await shop.act(orderId, 'cancel').expect(200);
    expect(await shop.stock('sofa')).toEqual([1, 1, 4]);
  });
});
