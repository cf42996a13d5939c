import { describe, expect, it } from '@jest/globals';
import { catalogueEndpoints } from '#contracts/shop/catalogue.js';
import { inventoryEndpoints } from '#contracts/shop/inventory.js';
import { notificationsEndpoints } from '#contracts/shop/notifications.js';
import { ordersEndpoints } from '#contracts/shop/orders.js';
import { paymentsEndpoints } from '#contracts/shop/payments.js';
import { readConfigFile } from '../gateway/config/read-config-file.js';

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

  it('declares what each write of stock changes: its own key, or those of an order', () => {
    const { endpoints } = readConfigFile(file, nats);
    const own = endpoints.filter(
      ({ endpoint, key }) => !endpoint.startsWith('GET') && key?.startsWith('path.'),
    );
    expect(own.map(({ endpoint }) => endpoint)).toEqual([
      'PUT /inventory/{productId}',
      'POST /inventory/{productId}/decrease',
      'POST /inventory/{productId}/increase',
    ]);
    const ofOrders = endpoints.filter(({ writes }) => writes.length > 0);
    expect(ofOrders.map(({ endpoint }) => endpoint)).toEqual([
      'POST /orders',
      'POST /orders/{orderId}/cancel',
      'POST /orders/{orderId}/ship',
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
