import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import fc from 'fast-check';
import { paymentSchema } from '#contracts/shop/payments.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { startTestPayments, type TestPayments } from '../../extracted/payments/test/start-test-payments.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { type Command, expectAlike } from './support/both-sides.js';

let monolith: TestMonolith;
let payments: TestPayments;
/** Each side has a provider of its own, so that neither is helped by what the other has charged. */
let providers: [TestProviders, TestProviders];
let sides: [Express, Express];

beforeAll(async () => {
  providers = [await startTestProviders(), await startTestProviders()];
  monolith = await startTestMonolith({ providersUrl: providers[0].url, idle: true });
  payments = await startTestPayments({ providersUrl: providers[1].url, idle: true });
  sides = [monolith.app, payments.app];
});
afterAll(async () => {
  await Promise.all([monolith.stop(), payments.stop()]);
  await Promise.all(providers.map((provider) => provider.stop()));
});

let keys = 0;
const newKey = () => `key-${(keys += 1)}`;

function pay(orderId: string, { token = 'tok_visa', key = newKey(), amount = 1299, currency = 'GBP' } = {}) {
  const body = { orderId, amount: { amount, currency }, method: { type: 'card', token } };
  return { method: 'post', path: '/payments', body, headers: { 'idempotency-key': key } } satisfies Command;
}
const refund = (paymentId: string, headers: Record<string, string> = {}): Command => ({
  ...{ method: 'post', path: `/payments/${paymentId}/refund` },
  headers: { 'idempotency-key': newKey(), ...headers },
});
const get = (path: string): Command => ({ method: 'get', path });
const expectSame = (command: Command) => expectAlike(sides, command);
const paid = async (orderId: string): Promise<string> => (await expectSame(pay(orderId))).body.paymentId;

async function sameLedgers(): Promise<void> {
  const [one, other] = await Promise.all(providers.map((provider) => provider.totals()));
  expect(other).toEqual(one);
}

describe('monolith and payments service', () => {
  it('take a payment alike, and show it alike', async () => {
    const answer = await expectSame(pay('order-a'));
    expect(answer.status).toBe(201);
    paymentSchema.strict().parse(answer.body);
    await expectSame(get(`/payments/${answer.body.paymentId}`));
    await expectSame({ method: 'head', path: `/payments/${answer.body.paymentId}` });
    await sameLedgers();
  });

  it.each(['tok_chargeDeclined', 'tok_timeout', 'tok_flaky', 'tok_unknown'])(
    'answer alike for %s, at once and again',
    async (token) => {
      const command = pay(`order-${token}`, { token });
      await expectSame(command);
      await expectSame(command);
      await expectSame(get(`/payments?orderId=order-${token}`));
      await sameLedgers();
    },
  );

  it('remember answers under their keys alike', async () => {
    const command = pay('order-b', { key: 'once' });
    await expectSame(command);
    expect((await expectSame(command)).headers['idempotency-replayed']).toBe('true');
    await expectSame(pay('order-b', { key: 'once', amount: 1 }));
    for (const { database } of [monolith, payments]) {
      await database.query("DELETE FROM payments_idempotency WHERE idempotency_key = 'once'");
    }
    expect((await expectSame(command)).body.code).toBe('idempotency_key_reused');
  });

  it('refund alike, whatever the client thinks of it', async () => {
    const paymentId = await paid('order-c');
    await expectSame(refund('nothing'));
    await expectSame(refund(paymentId, { 'if-match': '"7"' }));
    await expectSame(refund(paymentId, { 'if-match': 'W/"1"' }));
    await expectSame(refund(paymentId, { 'if-match': 'one' }));
    await expectSame(refund(paymentId, { 'if-match': '"1"', 'idempotency-key': 'refund-c' }));
    await expectSame(refund(paymentId, { 'if-match': '"1"', 'idempotency-key': 'refund-c' }));
    await expectSame(refund(paymentId));
    await expectSame(refund(paymentId, { 'if-match': '"2"' }));
    await expectSame(get(`/payments/${paymentId}`));
    await sameLedgers();
  });

  it('refuse a charge under the key of a refund alike, and the other way round', async () => {
    const paymentId = await paid('order-d');
    await expectSame(refund(paymentId, { 'idempotency-key': 'both' }));
    await expectSame(pay('order-d', { key: 'both' }));
    await expectSame(pay('order-d', { key: 'both-2' }));
    await expectSame(refund(paymentId, { 'idempotency-key': 'both-2' }));
    await sameLedgers();
  });

  it('list alike, page by page, and take up each other’s cursors', async () => {
    for (let n = 0; n < 5; n++) await paid('order-e');
    const ids = async (app: Express, path: string): Promise<[string[], string | null]> => {
      const answer = await expectAlike([app, app], get(path));
      return [answer.body.items.map((item: { paymentId: string }) => item.paymentId), answer.body.nextCursor];
    };
    const [all] = await ids(sides[0], '/payments?orderId=order-e');
    expect((await ids(sides[1], '/payments?orderId=order-e'))[0]).toEqual(all);
    await copyTimes();
    const seen: unknown[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 9; page++) {
      const path = `/payments?orderId=order-e&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const [items, next] = await ids(sides[page % 2 === 0 ? 0 : 1], path);
      seen.push(...items);
      cursor = next;
    }
    expect(seen).toEqual(all);
  });

  it.each([
    '/payments?limit=0',
    '/payments?limit=2&limit=3',
    '/payments?cursor=abc',
    `/payments?cursor=${Buffer.from('7').toString('base64url')}`,
    '/payments?orderId=',
    '/payments?orderId=nobody',
    '/payments?colour=red',
    '/payments/nothing',
    '/payments/a%20b',
    '/payments/%zz',
    '/Payments',
    '/payments/x/refund',
    '/payments/x/elsewhere',
  ])('answer GET %s alike', async (path) => {
    await expectSame(get(path));
  });

  it.each<[string, object | string]>([
    ['nothing', {}],
    [
      'a negative amount',
      { orderId: 'o', amount: { amount: -1, currency: 'GBP' }, method: { type: 'card' } },
    ],
    ['a fraction', { orderId: 'o', amount: { amount: 1.5, currency: 'GBP' } }],
    ['an unknown field', { ...pay('o').body, colour: 'red' }],
    ['an unknown way to pay', { ...pay('o').body, method: { type: 'cash' } }],
    ['broken JSON', '{"orderId":'],
  ])('refuse %s alike', async (_what, body) => {
    const headers = { 'content-type': 'application/json' };
    await expectSame({ method: 'post', path: '/payments', body, headers });
  });

  it('answer other methods alike', async () => {
    for (const method of ['put', 'patch', 'delete'] as const) {
      await expectSame({ method, path: '/payments', body: {} });
      await expectSame({ method, path: '/payments/x', body: {} });
    }
  });

  it('answer alike while the provider is down, and when it is back', async () => {
    const paymentId = await paid('order-f');
    const command = pay('order-f');
    const refunding = refund(paymentId);
    await Promise.all(providers.map((provider) => provider.goDown()));
    expect((await expectSame(command)).status).toBe(503);
    expect((await expectSame(refunding)).status).toBe(503);
    await expectSame(get(`/payments/${paymentId}`));
    await Promise.all(providers.map((provider) => provider.comeBack()));
    expect((await expectSame(command)).status).toBe(201);
    expect((await expectSame(refunding)).status).toBe(200);
    await sameLedgers();
  });

  it('answer any sequence of commands alike, and charge alike', async () => {
    const step = fc.record({
      what: fc.constantFrom('pay', 'refund', 'read', 'list'),
      which: fc.nat(2),
      token: fc.constantFrom('tok_visa', 'tok_visa', 'tok_flaky', 'tok_chargeDeclined'),
      amount: fc.constantFrom(0, 1, 1299),
      match: fc.constantFrom(undefined, '"1"', '"2"'),
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const order = `run-${(run += 1)}`;
        const known: string[] = [];
        for (const { what, which, token, amount, match } of steps) {
          const paymentId = known[which] ?? `${order}-none`;
          const headers: Record<string, string> = match === undefined ? {} : { 'if-match': match };
          if (what === 'pay') {
            const key = `${order}-${which}`;
            const { body } = await expectSame(pay(order, { key, token, amount }));
            if (body.paymentId !== undefined) known[which] = body.paymentId;
          }
          if (what === 'refund') await expectSame(refund(paymentId, headers));
          if (what === 'read') await expectSame(get(`/payments/${paymentId}`));
          if (what === 'list') await expectSame(get(`/payments?orderId=${order}&limit=200`));
        }
      }),
      { numRuns: 15 },
    );
    await sameLedgers();
  });
});

/** Gives both sides the same times, as replication does. */
async function copyTimes(): Promise<void> {
  const [rows] = await monolith.database.query(
    'SELECT payment_id, CAST(created_at AS CHAR) AS created_at FROM payments',
  );
  for (const { payment_id, created_at } of rows as { payment_id: string; created_at: string }[]) {
    await payments.database.query('UPDATE payments SET captured_at = ? WHERE payment_id = ?', {
      replacements: [created_at, payment_id],
    });
  }
}
