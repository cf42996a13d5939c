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

  it('declares what each write of stock changes', () => {
    const writes = readConfigFile(file, nats)
      .endpoints.filter((endpoint) => endpoint.writes.length > 0)
      .map(({ endpoint }) => endpoint);
    expect(writes).toEqual([
      'PUT /inventory/{productId}',
      'POST /inventory/{productId}/decrease',
      'POST /inventory/{productId}/increase',
      'POST /orders',
      'POST /orders/{orderId}/cancel',
      'POST /orders/{orderId}/ship',
    ]);
  });
});
