import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { createHttpApp } from '#platform/http/create-http-app.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import { catalogueEndpoints } from '#contracts/shop/catalogue.js';
import { inventoryEndpoints } from '#contracts/shop/inventory.js';
import { notificationsEndpoints } from '#contracts/shop/notifications.js';
import { ordersEndpoints } from '#contracts/shop/orders.js';
import { paymentsEndpoints } from '#contracts/shop/payments.js';
import { readConfigFile } from '../gateway/config/read-config-file.js';
import { keysAfter, keysBefore } from '../gateway/freshness/keys-of-write.js';
import { compileDenied } from '../gateway/routing/denied-paths.js';
import { compileEndpoints } from '../gateway/routing/endpoint.js';

const file = `${import.meta.dirname}/gateway.yaml`;
const nats = { NATS_URL: 'nats://127.0.0.1:4222' };
const contract = [
  catalogueEndpoints,
  inventoryEndpoints,
  paymentsEndpoints,
  notificationsEndpoints,
  ordersEndpoints,
]
  .flatMap((endpoints) => Object.values(endpoints))
  .map(({ method, path, capability, verb }) => `${method} ${path} ${capability}.${verb}`)
  .sort();

describe("the shop's gateway.yaml", () => {
  it('names exactly the endpoints of the contract, each with its capability and verb', () => {
    const table = readConfigFile(file, nats).endpoints.map(
      ({ endpoint, capability, verb }) => `${endpoint} ${capability}.${verb}`,
    );
    expect(table.sort()).toEqual(contract);
  });

  it('sends every write of what can be handed over to the owner of its key', () => {
    const { endpoints, capabilities } = readConfigFile(file, nats);
    const owned = endpoints.filter(
      ({ endpoint, capability = '' }) => !endpoint.startsWith('GET') && capabilities[capability]?.service,
    );
    expect(owned.map(({ endpoint, key }) => `${endpoint}: ${key}`)).toEqual([
      'PUT /inventory/{productId}: path.productId',
      'POST /inventory/{productId}/decrease: path.productId',
      'POST /inventory/{productId}/increase: path.productId',
      'POST /payments: new',
      'POST /payments/{paymentId}/refund: path.paymentId',
      'POST /notifications: new',
      'POST /orders: new',
      'PATCH /orders/{orderId}: path.orderId',
      'POST /orders/{orderId}/cancel: path.orderId',
      'POST /orders/{orderId}/ship: path.orderId',
      'POST /orders/{orderId}/deliver: path.orderId',
    ]);
  });

  it('lets every read of a capability with a service be flipped, each by a flag of its own', () => {
    const config = readConfigFile(file, nats);
    const flags = compileEndpoints(config).flatMap(({ flag }) => (flag === null ? [] : [flag]));
    expect(flags).toEqual([
      'inventory.list',
      'inventory.get',
      'payments.list',
      'payments.get',
      'notifications.list',
      'notifications.get',
      'orders.list',
      'orders.get',
      'orders.tracking',
      'orders.summary',
    ]);
  });

  it.each(['order-confirmed', 'order-cancelled', 'order-shipped', 'order-delivered'] as const)(
    'holds the message %s by the id that the programs give it',
    (template) => {
      const held = compileEndpoints(readConfigFile(file, nats)).flatMap(({ writes, parameters }) => {
        const messages = writes.filter(({ derive }) => derive?.[0] === template);
        const body = Buffer.from('{"orderId":"order-1"}');
        return [
          ...[
            keysBefore(
              messages,
              parameters.map(() => 'order-1'),
              undefined,
            ),
            keysAfter(messages, body),
          ],
        ].flat();
      });
      const told = ['email', 'sms'] as const;
      expect(held).toEqual(told.map((channel) => deriveId('notifications', 'order-1', template, channel)));
    },
  );

  it('keeps from clients what programs serve beside the contract', () => {
    const { denied, matching } = readConfigFile(file, nats);
    const isDenied = compileDenied(denied, matching);
    const app = createHttpApp({
      ...{ logger: createLogger('test', 'silent'), routes: [], registry: new Registry() },
      ready: async () => undefined,
      explain: (error) => error,
      reportOwners: async () => undefined,
    });
    const served = app.router.stack.flatMap(({ route }) => route?.path ?? []);
    expect(served.sort()).toEqual([
      '/health/live',
      '/health/owners/:capability',
      '/health/ready',
      '/metrics',
    ]);
    for (const path of served) expect([path, isDenied(path)]).toEqual([path, true]);
    expect(contract.map((line) => line.split(' ')[1] ?? '').filter((path) => isDenied(path))).toEqual([]);
  });

  it('sends requests to registered instances at known hosts only', () => {
    const { capabilities, monolith } = readConfigFile(file, nats);
    const found = [monolith, ...Object.values(capabilities).flatMap(({ service }) => service ?? [])].filter(
      ({ discover }) => discover,
    );
    expect(found.map(({ discover, hosts }) => [discover, hosts])).toEqual(
      ['inventory', 'orders', 'payments', 'notifications'].map((name) => [name, ['127.0.0.1']]),
    );
    const elsewhere = readConfigFile(file, { ...nats, PAYMENTS_HOSTS: 'payments' });
    expect(elsewhere.capabilities['payments']?.service?.hosts).toEqual(['payments']);
  });

  it('declares what orders write in other capabilities', () => {
    const { endpoints } = readConfigFile(file, nats);
    const others = endpoints.flatMap(({ endpoint, capability, writes }) => {
      const touched = writes.flatMap((write) => write.capability ?? []);
      return capability === 'orders' && touched.length > 0
        ? [`${endpoint}: ${[...new Set(touched)].join(', ')}`]
        : [];
    });
    expect(others).toEqual([
      'POST /orders: inventory, payments, notifications',
      'POST /orders/{orderId}/cancel: inventory, payments, notifications',
      'POST /orders/{orderId}/ship: inventory, notifications',
      'POST /orders/{orderId}/deliver: notifications',
    ]);
  });

  it('has the ids of all that is created made by the gateway', () => {
    const created = readConfigFile(file, nats).endpoints.filter(({ key }) => key === 'new');
    expect(created.map(({ endpoint }) => endpoint)).toEqual([
      'POST /payments',
      'POST /notifications',
      'POST /orders',
    ]);
  });
});
