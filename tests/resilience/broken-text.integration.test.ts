import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import type { Sequelize } from 'sequelize';
import request from 'supertest';
import { startTestInventory } from '../../extracted/inventory/test/start-test-inventory.js';
import { startTestNotifications } from '../../extracted/notifications/test/start-test-notifications.js';
import { countRows } from '../../legacy-monolith/test/shop-client.js';
import { startTestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';

interface Program {
  app: Express;
  database: Sequelize;
  stop(): Promise<void>;
}

const half = String.raw`\ud800`;
const address = (line1: string) => `{"line1": "${line1}", "city": "London", "country": "UK"}`;
const order = (shippingAddress: string, token = 'tok_visa') =>
  `{"customerId": "c", "items": [{"productId": "lantern", "quantity": 1}],
    "payment": {"type": "card", "token": "${token}"}, "contact": {}, "shippingAddress": ${shippingAddress}}`;
const message = (data: string, to = 'a@shop.example') =>
  `{"channel": "email", "to": "${to}", "template": "message", "data": ${data}}`;

type Case = [what: string, method: 'post' | 'put' | 'patch', path: string, body: string | Buffer];

const notifications: Case[] = [
  ['a value of the data', 'post', '/notifications', message(`{"subject": "${half}"}`)],
  ['the name of a field', 'post', '/notifications', message(`{"${half}": 1, "subject": "a", "body": "b"}`)],
  ['an address', 'post', '/notifications', message('{}', `${half}@shop.example`)],
  ['bytes', 'post', '/notifications', Buffer.from(message('{"subject": "\xe9"}'), 'latin1')],
  [
    'a surrogate in bytes',
    'post',
    '/notifications',
    Buffer.from(message('{"subject": "\xed\xa0\x80"}'), 'latin1'),
  ],
];
const inventory: Case[] = [
  ['the path', 'put', '/inventory/%ED%A0%80', '{"available": 1}'],
  ['a field that there is not', 'put', '/inventory/lantern', `{"available": 1, "${half}": 1}`],
  ['a value instead of a number', 'post', '/inventory/lantern/increase', `{"quantity": "${half}"}`],
];
const shop: Case[] = [
  ['a name', 'put', '/products/lantern', `{"name": "${half}", "price": {"amount": 1, "currency": "GBP"}}`],
  [
    'a low half within a name',
    'put',
    '/products/lantern',
    String.raw`{"name": "a\udc00b", "price": {"amount": 1, "currency": "GBP"}}`,
  ],
  ['a line of an address', 'post', '/orders', order(address(half))],
  ['a token', 'post', '/orders', order(address('x'), half)],
  ['a changed address', 'patch', '/orders/o', `{"shippingAddress": ${address(`x${half}`)}}`],
  ['a carrier', 'post', '/orders/o/ship', `{"carrier": "${half}", "trackingNumber": "1"}`],
];

describe.each<[string, () => Promise<Program>, string[], Case[]]>([
  [
    'monolith',
    () => startTestMonolith({ idle: true }),
    ['products', 'orders', 'notifications', 'stock_items', 'inventory_idempotency', 'orders_idempotency'],
    [...shop, ...notifications, ...inventory],
  ],
  [
    'notifications service',
    () => startTestNotifications({ idle: true }),
    ['notifications', 'notifications_idempotency'],
    notifications,
  ],
  ['inventory service', () => startTestInventory(), ['stock_levels', 'inventory_idempotency'], inventory],
])('text that is no Unicode, at the %s', (_name, start, tables, cases) => {
  let program: Program;

  beforeAll(async () => {
    program = await start();
  });
  afterAll(() => program.stop());

  it.each(cases)('is refused, and nothing is stored: %s', async (what, method, path, body) => {
    const answer = await request(program.app)
      [method](path)
      .set('content-type', 'application/json')
      .set('idempotency-key', what.replaceAll(' ', '-'))
      .serialize((same: unknown) => same as string)
      .send(body);
    expect({ status: answer.status, body: answer.body }).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', instance: path },
    });
    for (const table of tables) expect([table, await countRows(program.database, table)]).toEqual([table, 0]);
  });
});

describe('text that is Unicode', () => {
  it('is kept as it is: pairs, and a replacement character that was meant', async () => {
    const monolith = await startTestMonolith({ idle: true });
    const name = '\u{1F600} \ufffd é';
    const body = JSON.stringify({ name, price: { amount: 1, currency: 'GBP' } });
    const put = request(monolith.app).put('/products/p').set('content-type', 'application/json');
    await put.send(body.replace('\u{1F600}', String.raw`\ud83d\ude00`)).expect(201);
    expect((await request(monolith.app).get('/products/p')).body.name).toBe(name);
    await monolith.stop();
  });
});
