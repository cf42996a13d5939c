import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { countRows } from '../../../legacy-monolith/test/shop-client.js';
import { startTestInventory, type TestInventory } from './start-test-inventory.js';

let inventory: TestInventory;

beforeAll(async () => {
  inventory = await startTestInventory();
  await inventory.database.query(
    "INSERT INTO stock_levels VALUES ('lantern', 5, 1, 3, '2010-12-01 08:26:00.000')",
  );
});
afterAll(() => inventory.stop());

describe('a write that reaches the service while the monolith owns the stock', () => {
  it.each([
    ['put', '/inventory/lantern', { available: 1 }],
    ['post', '/inventory/lantern/decrease', { quantity: 1 }],
    ['post', '/inventory/lantern/increase', { quantity: 1 }],
    ['post', '/inventory/unknown/increase', { quantity: 1 }],
  ] as const)('is misdirected and changes nothing: %s %s', async (method, path, body) => {
    const answer = await request(inventory.app)[method](path).set('idempotency-key', 'k').send(body);
    expect(answer.status).toBe(421);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    expect(answer.body).toMatchObject({
      title: 'Misdirected Request',
      status: 421,
      code: 'not_owner',
      instance: path,
    });
    expect(answer.headers['x-strangler-bucket']).toMatch(/^\d+$/);
    expect(answer.headers['x-strangler-epoch']).toBe('0');
    expect(await countRows(inventory.database, 'inventory_idempotency')).toBe(0);
    const stock = await request(inventory.app).get('/inventory/lantern');
    expect(stock.body).toMatchObject({ available: 4, reserved: 1, version: 3 });
  });

  it('is told first what does not fit the contract, as by the monolith', async () => {
    const answer = await request(inventory.app).post('/inventory/lantern/decrease').send({ quantity: 0 });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });
});

describe('the health of the service', () => {
  it('is told to whoever asks', async () => {
    await request(inventory.app).get('/health/live').expect(200);
    await request(inventory.app).get('/health/ready').expect(200);
  });
});
