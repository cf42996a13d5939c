import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import type { Sequelize } from 'sequelize';
import request from 'supertest';
import { deriveId } from '#platform/ownership/derive-id.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import {
  startTestNotifications,
  type TestNotifications,
} from '../../extracted/notifications/test/start-test-notifications.js';
import { startServiceShop, type ServiceShop } from '../../extracted/orders/test/start-test-orders.js';
import { newEmail } from '../../legacy-monolith/test/shop-client.js';
import { startTestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { stubbornSmtpServer } from '../../legacy-monolith/test/start-mail-servers.js';
import { startTestShop, type TestShop } from '../../legacy-monolith/test/start-test-shop.js';
import { until } from '../support/until.js';
import { saidEvents } from './support/said-events.js';

let monolith: TestShop;
let services: ServiceShop;
let providers: TestProviders;
let notifications: TestNotifications;

beforeAll(async () => {
  providers = await startTestProviders();
  [monolith, services, notifications] = await Promise.all([
    startTestShop(),
    startServiceShop(),
    startTestNotifications({ providersUrl: providers.url }),
  ]);
});
afterAll(() => Promise.all([monolith.stop(), services.stop(), notifications.stop(), providers.stop()]));

interface Command {
  method: 'put' | 'post' | 'patch';
  path: string;
  body: object;
  key?: string;
}

const product = (id: string, available: number): Command[] => [
  { method: 'put', path: `/products/${id}`, body: { name: id, price: { amount: 250, currency: 'GBP' } } },
  { method: 'put', path: `/inventory/${id}`, body: { available } },
];
const place = (key: string, items: Record<string, number>, token = 'tok_visa'): Command => ({
  ...{ method: 'post', path: '/orders', key },
  body: {
    customerId: 'ada',
    items: Object.entries(items).map(([productId, quantity]) => ({ productId, quantity })),
    payment: { type: 'card', token },
    contact: { email: `${key}@example.com` },
  },
});
const orderOf = (key: string) => deriveId('orders', key);
const act = (key: string, action: string, body: object = {}): Command => ({
  ...{ method: 'post', path: `/orders/${orderOf(key)}/${action}`, body },
});
const change = (key: string, body: object): Command => ({
  ...{ method: 'patch', path: `/orders/${orderOf(key)}`, body },
});
const address = { line1: '1 High Street', city: 'York', country: 'United Kingdom' };
const pay = (key: string, token: string): Command => ({
  ...{ method: 'post', path: '/payments', key },
  body: { orderId: key, amount: { amount: 99, currency: 'GBP' }, method: { type: 'card', token } },
});

/** One after the other, on both sides. */
const commands: Record<string, Command[]> = {
  'an order from its placing to its delivery': [
    ...product('lantern', 10),
    ...product('candle', 5),
    place('e1', { lantern: 2, candle: 1 }),
    place('e1', { lantern: 2, candle: 1 }),
    change('e1', { shippingAddress: address }),
    change('e1', { contact: { email: 'other@example.com' }, shippingAddress: address }),
    act('e1', 'ship', { carrier: 'Royal Mail', trackingNumber: 'RM-1' }),
    act('e1', 'deliver'),
    act('e1', 'cancel'),
  ],
  'orders that come to nothing': [
    ...product('rare', 1),
    ...product('mug', 3),
    place('e2', { mug: 1, rare: 2 }),
    place('e3', { mug: 2 }, 'tok_chargeDeclined'),
    place('e4', { mug: 1 }, 'tok_timeout'),
    place('e5', { mug: 1, nothing: 1 }),
    place('e6', { mug: 3 }),
    act('e6', 'cancel'),
    act('e6', 'cancel'),
  ],
  'payments of no order': [
    pay('p1', 'tok_visa'),
    pay('p1', 'tok_visa'),
    pay('p2', 'tok_chargeDeclined'),
    pay('p3', 'tok_flaky'),
    { method: 'post', path: `/payments/${deriveId('payments', 'p1')}/refund`, body: {} },
    { method: 'post', path: `/payments/${deriveId('payments', 'p1')}/refund`, body: {} },
  ],
  'stock that is counted': [
    ...product('counted', 3),
    { method: 'post', path: '/inventory/counted/increase', body: { quantity: 3 } },
    { method: 'post', path: '/inventory/counted/decrease', body: { quantity: 9 } },
  ],
};

const send = (app: Express, { method, path, body, key }: Command) => {
  const sent = request(app)[method](path);
  if (key !== undefined) sent.set('idempotency-key', key);
  return sent.send(body);
};

describe.each(Object.keys(commands))('%s', (name) => {
  it('has the same events on both sides', async () => {
    for (const command of commands[name]!) {
      const statuses = [
        (await send(monolith.monolith.app, command)).status,
        (await send(services.app, command)).status,
      ];
      expect({ command, status: statuses[1] }).toEqual({ command, status: statuses[0] });
    }
    const whose: [string, Sequelize][] = [
      ['orders', services.database],
      ['inventory', services.inventory.database],
      ['payments', services.payments.database],
    ];
    for (const [capability, database] of whose) {
      const said = await saidEvents(monolith.monolith.database, capability);
      expect(await saidEvents(database, capability)).toEqual(said);
    }
  });
});

describe('what customers are told', () => {
  /** Of one message, when all is over: each side tells of it when it likes. */
  async function ended(database: Sequelize, key: string) {
    const told = async () =>
      (await saidEvents(database, 'notifications')).filter((event) => event.key === key);
    await until(`what became of ${key} is said`, async () => (await told()).length === 2);
    return told();
  }

  it('has the same events on both sides, when it was sent', async () => {
    const about = { template: 'order-delivered', orderId: 'told', data: { orderId: 'told' } };
    const body = { channel: 'email', to: newEmail(), ...about };
    for (const { app } of [monolith.monolith, notifications]) {
      await send(app, { method: 'post', path: '/notifications', body }).expect(202);
      await send(app, { method: 'post', path: '/notifications', body }).expect(202);
    }
    const key = deriveId('notifications', 'told', 'order-delivered', 'email');
    const said = await ended(monolith.monolith.database, key);
    expect(said.map(({ type }) => type)).toEqual(['notifications.queued.v1', 'notifications.sent.v1']);
    expect(await ended(notifications.database, key)).toEqual(said);
  });

  it('has the same events on both sides, when it could not be sent', async () => {
    const server = await stubbornSmtpServer('550 no such user');
    const sides = [
      await startTestMonolith({ smtpUrl: server.smtpUrl }),
      await startTestNotifications({ smtpUrl: server.smtpUrl }),
    ] as const;
    const body = { channel: 'email', to: newEmail(), template: 'message', data: { text: 'Hello' } };
    for (const { app } of sides)
      await send(app, { method: 'post', path: '/notifications', body, key: 'refused' }).expect(202);
    const key = deriveId('notifications', 'refused');
    const said = await ended(sides[0].database, key);
    expect(said.map(({ type }) => type)).toEqual(['notifications.queued.v1', 'notifications.failed.v1']);
    expect(await ended(sides[1].database, key)).toEqual(said);
    await Promise.all([...sides.map((side) => side.stop()), server.stop()]);
  });
});
