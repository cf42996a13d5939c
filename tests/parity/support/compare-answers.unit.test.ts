import { describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Answer } from './command.js';
import { comparable, differences, nameIds } from './compare-answers.js';
import { excludedHeaders, excludedOrders, excludedValues } from './exclusions.js';

/** Ids that follow from keys. */
const [known, otherKnown] = [randomUUID(), randomUUID()];

function answer(): Answer {
  const minted = randomUUID();
  return {
    status: 200,
    headers: {
      ...Object.fromEntries(excludedHeaders.map(({ header }) => [header, randomUUID()])),
      'content-type': 'application/json; charset=utf-8',
      etag: '"3"',
      location: `/orders/${known}`,
      'x-request-id': randomUUID(),
    },
    body: {
      orderId: known,
      paymentId: minted,
      detail: `The payment ${minted} of ${known}`,
      total: { amount: 1299, currency: 'GBP' },
      items: [{ productId: 'lamp', quantity: 2 }],
      reason: null,
      createdAt: new Date(Math.random() * 1e12).toISOString(),
      nextCursor: randomUUID().replaceAll('-', ''),
    },
  };
}

function differ(one: Answer, other: Answer, requestId?: string): string[] {
  const [expected, actual] = [one, other].map((each) =>
    comparable(each, nameIds(new Set([known, otherKnown])), requestId),
  );
  return differences(expected!, actual!).map(({ field }) => field);
}

/** An answer with one thing planted in its body. */
const withBody = (planted: object): Answer => ({
  ...answer(),
  body: { ...(answer().body as object), ...planted },
});
const withHeader = (name: string, value: string): Answer => ({
  ...answer(),
  headers: { ...answer().headers, [name]: value },
});

describe('two answers', () => {
  it('are alike that differ in nothing but what is excluded', () => {
    expect(differ(answer(), answer())).toEqual([]);
  });

  it.each(excludedHeaders.map(({ header }) => header))('are alike where %s is not there', (header) => {
    const { [header]: _left, ...headers } = answer().headers;
    expect(differ(answer(), { ...answer(), headers })).toEqual([]);
  });

  it.each<[string, Answer]>([
    ['status', { ...answer(), status: 201 }],
    ['headers.etag', withHeader('etag', '"4"')],
    ['headers.location', withHeader('location', `/orders/${otherKnown}`)],
    ['headers.content-type', withHeader('content-type', 'text/html')],
    ['headers.x-request-id', withHeader('x-request-id', '')],
    ['headers.retry-after', withHeader('retry-after', '1')],
    ['headers.idempotency-replayed', withHeader('idempotency-replayed', 'true')],
    ['headers.set-cookie', withHeader('set-cookie', 'any')],
    ['body.orderId', withBody({ orderId: otherKnown })],
    ['body.paymentId', withBody({ paymentId: null })],
    ['body.total.amount', withBody({ total: { amount: 1300, currency: 'GBP' } })],
    ['body.total.currency', withBody({ total: { amount: 1299, currency: 'EUR' } })],
    ['body.total.vat', withBody({ total: { amount: 1299, currency: 'GBP', vat: 0 } })],
    ['body.items.0.quantity', withBody({ items: [{ productId: 'lamp', quantity: '2' }] })],
    ['body.items.1', withBody({ items: [{ productId: 'lamp', quantity: 2 }, {}] })],
    ['body.items', withBody({ items: { 0: { productId: 'lamp', quantity: 2 } } })],
    ['body.reason', withBody({ reason: 'timeout' })],
    ['body.createdAt', withBody({ createdAt: '2011-12-09 12:50:00' })],
    ['body.createdAt', withBody({ createdAt: '2011-12-09T12:50:00Z' })],
    ['body.nextCursor', withBody({ nextCursor: null })],
    ['body.colour', withBody({ colour: 'red' })],
  ])('are told apart by %s', (field, planted) => {
    expect(differ(answer(), planted)).toEqual([field]);
  });

  it('are told apart by a time in any other field', () => {
    const times = ['2011-12-09T12:50:00.000Z', '2011-12-09T12:50:00.001Z'];
    const [one, other] = times.map((time) => withBody({ soldAt: time }));
    expect(differ(one!, other!)).toEqual(['body.soldAt']);
    for (const { value, fits } of excludedValues)
      expect([value, fits('soldAt', times[0]!)]).toEqual([value, false]);
  });

  it('are told apart by the request id that a client has sent', () => {
    expect(differ(withHeader('x-request-id', 'mine'), withHeader('x-request-id', 'other'), 'mine')).toEqual([
      'headers.x-request-id',
    ]);
  });

  it('are told apart by an id that stands for something else than before', () => {
    const [one, other] = [nameIds(new Set()), nameIds(new Set())];
    const [first, second] = [randomUUID(), randomUUID()];
    const about = (id: string): Answer => ({ status: 200, headers: {}, body: { paymentId: id } });
    expect(differences(comparable(about(first), one), comparable(about(second), other))).toEqual([]);
    expect(differences(comparable(about(first), one), comparable(about(second), other))).toEqual([]);
    expect(differences(comparable(about(first), one), comparable(about(randomUUID()), other))).toMatchObject([
      { field: 'body.paymentId', expected: 'id 1', actual: 'id 2' },
    ]);
  });

  it('are told apart by the order of their fields', () => {
    const [one, other] = [
      { amount: 1, currency: 'GBP' },
      { currency: 'GBP', amount: 1 },
    ];
    expect(differ(withBody({ total: one }), withBody({ total: other }))).toEqual([
      'order of the fields in the body',
    ]);
  });

  it('are alike where capabilities say in another order what happened, but not where one of them does', () => {
    const timeline = (...types: string[]) => withBody({ timeline: types.map((type) => ({ type })) });
    const told = timeline('order.placed', 'stock.released', 'order.cancelled');
    expect(differ(told, timeline('order.placed', 'order.cancelled', 'stock.released'))).toEqual([]);
    expect(differ(told, timeline('order.cancelled', 'stock.released', 'order.placed'))).toEqual([
      'body.timeline.0.type',
      'body.timeline.1.type',
    ]);
    expect(differ(told, timeline('order.placed', 'order.cancelled'))).toEqual(['body.timeline.2']);
  });

  it('are told apart by text that is no JSON', () => {
    const text = (body: string): Answer => ({ status: 200, headers: {}, body });
    expect(differ(text('one'), text('other'))).toEqual(['body']);
  });
});

describe('what is excluded', () => {
  it('is given a reason, once', () => {
    const names = [
      ...excludedHeaders.map(({ header }) => header),
      ...excludedOrders.map(({ list }) => list),
      ...excludedValues.map(({ value }) => value),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const { why } of [...excludedHeaders, ...excludedOrders, ...excludedValues])
      expect(why.length).toBeGreaterThan(20);
  });
});
