import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';
import { startServiceShop, type ServiceShop } from '../../extracted/orders/test/start-test-orders.js';
import { startTestShop, type TestShop } from '../../legacy-monolith/test/start-test-shop.js';
import { deriveId } from '#platform/ownership/derive-id.js';

jest.setTimeout(120_000);

let monolith: TestShop;
let services: ServiceShop;

beforeAll(async () => {
  [monolith, services] = await Promise.all([startTestShop(), startServiceShop()]);
});
afterAll(() => Promise.all([monolith.stop(), services.stop()]));

interface Command {
  method: 'get' | 'put' | 'post' | 'patch';
  path: string;
  body?: object;
  key?: string;
  ifMatch?: string;
}

/** An order's id follows from its key, so both sides give the same one. */
const orderOf = (key: string) => deriveId('orders', key);

const place = (key: string, items: Record<string, number>, more: object = {}): Command => ({
  method: 'post',
  path: '/orders',
  key,
  body: {
    customerId: 'ada',
    items: Object.entries(items).map(([productId, quantity]) => ({ productId, quantity })),
    payment: { type: 'card', token: 'tok_visa' },
    contact: { email: 'ada@example.com' },
    ...more,
  },
});
const get = (path: string): Command => ({ method: 'get', path });
const act = (key: string, action: string, body: object = {}, more: Partial<Command> = {}): Command => ({
  ...{ method: 'post', path: `/orders/${orderOf(key)}/${action}`, body },
  ...more,
});
const product = (id: string, available: number, amount = 250, currency = 'GBP'): Command[] => [
  { method: 'put', path: `/products/${id}`, body: { name: id, price: { amount, currency } } },
  { method: 'put', path: `/inventory/${id}`, body: { available } },
];
const address = {
  line1: '1 High Street',
  city: 'York',
  country: 'United Kingdom',
  name: 'Ada',
  postcode: 'YO1',
};
const shipment = { carrier: 'Royal Mail', trackingNumber: 'RM-1' };
const token = (name: string) => ({ payment: { type: 'card', token: name } });

/** One after the other, on both sides; what follows sees what came before. */
const scenarios: Record<string, Command[]> = {
  'an order from its placing to its delivery': [
    ...product('lantern', 10),
    ...product('candle', 5, 99),
    place('k1', { lantern: 2, candle: 1 }, { shippingAddress: address }),
    place('k1', { lantern: 2, candle: 1 }, { shippingAddress: address }),
    place('k1', { lantern: 3 }),
    get(`/orders/${orderOf('k1')}`),
    get('/inventory/lantern'),
    get(`/payments?orderId=${orderOf('k1')}`),
    act('k1', 'deliver'),
    act('k1', 'ship', shipment, { ifMatch: '"1"' }),
    act('k1', 'ship', { carrier: 'Royal Mail' }),
    act('k1', 'ship', shipment, { key: 's1' }),
    act('k1', 'ship', shipment, { key: 's1' }),
    act('k1', 'ship', shipment),
    act('k1', 'cancel'),
    get('/inventory/lantern'),
    act('k1', 'deliver', {}, { key: 'd1' }),
    act('k1', 'deliver', {}, { key: 'd1' }),
    act('k1', 'deliver'),
    get(`/orders/${orderOf('k1')}`),
  ],
  'orders that are refused': [
    ...product('rare', 1),
    ...product('mug', 3),
    ...product('euro', 3, 100, 'EUR'),
    {
      method: 'put',
      path: '/products/stockless',
      body: { name: 's', price: { amount: 1, currency: 'GBP' } },
    },
    place('r1', { mug: 1, rare: 2, stockless: 1 }),
    place('r1', { mug: 1, rare: 2, stockless: 1 }),
    get(`/orders/${orderOf('r1')}`),
    place('r2', { mug: 2 }, token('tok_chargeDeclined')),
    get(`/orders/${orderOf('r2')}`),
    place('r3', { mug: 1 }, token('tok_timeout')),
    get(`/orders/${orderOf('r3')}`),
    place('r4', { nobody: 1, mug: 1, nothing: 1 }),
    get(`/orders/${orderOf('r4')}`),
    place('r5', { mug: 1, euro: 1 }),
    place('r6', {}),
    place('r7', { mug: 0 }),
    place('r8', { mug: 1 }, { customerId: 'a b' }),
    place('r9', { mug: 1 }, { colour: 'red' }),
    get('/inventory/mug'),
    act('r2', 'cancel'),
    act('r2', 'ship', shipment),
    { method: 'patch', path: `/orders/${orderOf('r2')}`, body: { contact: {} } },
  ],
  'orders that are cancelled': [
    ...product('kite', 4),
    place('c1', { kite: 3 }),
    act('c1', 'cancel', {}, { ifMatch: '"1"' }),
    act('c1', 'cancel', {}, { key: 'x1', ifMatch: '"2"' }),
    act('c1', 'cancel', {}, { key: 'x1', ifMatch: '"2"' }),
    act('c1', 'cancel'),
    get('/inventory/kite'),
    get(`/orders/${orderOf('c1')}`),
    get(`/payments?orderId=${orderOf('c1')}`),
    act('nobody', 'cancel'),
    place('c2', { kite: 4 }, token('tok_flaky')),
    get('/inventory/kite'),
  ],
  'orders that are changed': [
    ...product('frame', 9),
    place('f1', { frame: 1 }),
    { method: 'patch', path: `/orders/${orderOf('f1')}`, body: { shippingAddress: address } },
    {
      method: 'patch',
      path: `/orders/${orderOf('f1')}`,
      body: { contact: { phone: '+441632960961' } },
      key: 'p1',
    },
    {
      method: 'patch',
      path: `/orders/${orderOf('f1')}`,
      body: { contact: { phone: '+441632960961' } },
      key: 'p1',
    },
    { method: 'patch', path: `/orders/${orderOf('f1')}`, body: { contact: {} }, ifMatch: '"2"' },
    { method: 'patch', path: `/orders/${orderOf('f1')}`, body: {} },
    { method: 'patch', path: `/orders/${orderOf('nobody')}`, body: { contact: {} } },
    get(`/orders/${orderOf('f1')}`),
  ],
  'lists and summaries': [
    ...product('listed', 9, 100),
    ...product('foreign', 9, 500, 'EUR'),
    place('l1', { listed: 1 }, { customerId: 'grace' }),
    place('l2', { foreign: 2 }, { customerId: 'grace' }),
    place('l3', { listed: 99 }, { customerId: 'grace' }),
    place('l4', { listed: 2 }, { customerId: 'grace' }),
    act('l4', 'cancel'),
    get('/orders?customerId=grace'),
    get('/orders?customerId=grace&limit=2'),
    get('/orders?customerId=grace&status=CONFIRMED'),
    get('/orders?customerId=nobody'),
    get('/orders?status=LOST'),
    get('/orders?limit=0'),
    get('/orders?cursor=abc'),
    get('/orders?colour=red'),
    get('/customers/grace/summary'),
    get('/customers/nobody/summary'),
    get(`/orders/${orderOf('nobody')}/tracking`),
  ],
};

describe.each(Object.keys(scenarios))('%s', (name) => {
  it('are answered alike by the monolith and by the services', async () => {
    for (const command of scenarios[name]!) {
      const one = await send(monolith.monolith.app, command);
      const other = await send(services.app, command);
      expect({ command, ...comparable(other) }).toEqual({ command, ...comparable(one) });
    }
  });
});

function send(app: Express, { method, path, body, key, ifMatch }: Command) {
  const sent = request(app)[method](path);
  if (key !== undefined) sent.set('idempotency-key', key);
  if (ifMatch !== undefined) sent.set('if-match', ifMatch);
  return body === undefined ? sent : sent.send(body);
}

/** Both sides do everything at their own time: apart from that, answers are equal to the last character. */
function comparable({ status, headers, text }: request.Response) {
  const { date: _date, 'x-request-id': _requestId, 'content-length': _length, ...compared } = headers;
  return {
    status,
    headers: compared,
    body: text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, 'T').replaceAll(cursor, 'C'),
  };
}

const cursor = /(?<="nextCursor":")[^"]+/g;
