import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';
import { stockSchema } from '#contracts/shop/inventory.js';
import {
  startTestInventory,
  type TestInventory,
} from '../../extracted/inventory/test/start-test-inventory.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { comparable } from './support/comparable.js';
import { fillMonolith, fillService, stockItems } from './support/stock-rows.js';

let monolith: TestMonolith;
let inventory: TestInventory;

beforeAll(async () => {
  [monolith, inventory] = await Promise.all([startTestMonolith(), startTestInventory()]);
  await Promise.all([fillMonolith(monolith.database), fillService(inventory.database)]);
});
afterAll(() => Promise.all([monolith.stop(), inventory.stop()]));

const sides: [string, () => Express][] = [
  ['the monolith', () => monolith.app],
  ['the inventory service', () => inventory.app],
];

describe.each(sides)('stock read from %s', (_side, app) => {
  it.each(stockItems)('is that of $product_id alone', async (row) => {
    const answer = await request(app())
      .get(`/inventory/${String(row['product_id'])}`)
      .expect(200);
    expect(stockSchema.strict().parse(answer.body)).toEqual({
      productId: row['product_id'],
      available: row['available'],
      reserved: row['reserved'],
      version: row['version'],
      updatedAt: `${String(row['updated_at']).replace(' ', 'T')}Z`,
    });
    expect(answer.headers['etag']).toBe(`"${String(row['version'])}"`);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  });

  it('says that there is none of a product it does not know, ids that differ by case included', async () => {
    for (const id of ['nothing', 'dcgs0058', 'z']) {
      const answer = await request(app()).get(`/inventory/${id}`).expect(404);
      expect(answer.headers['content-type']).toMatch('application/problem+json');
      expect(answer.headers['etag']).toBeUndefined();
      expect(answer.body).toEqual({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        detail: `There is no stock of a product ${id}`,
        instance: `/inventory/${id}`,
        code: 'not_found',
      });
    }
  });

  it('is listed in byte order of ids, whole or in pages of any size', async () => {
    const expected = stockItems.map((row) => row['product_id']);
    for (const limit of [1, 3, 10, 200]) expect(await listAll(app(), limit)).toEqual(expected);
  });

  it('answers HEAD as GET without a body', async () => {
    const answer = await request(app()).head('/inventory/85123A').expect(200);
    expect(answer.headers['etag']).toBe('"12"');
    expect(answer.text).toBeUndefined();
  });
});

describe('monolith and service', () => {
  it.each([
    '/inventory',
    '/inventory?limit=2',
    `/inventory?limit=2&cursor=${Buffer.from('"85123A"').toString('base64url')}`,
    `/inventory?cursor=${Buffer.from('"zzz"').toString('base64url')}`,
    '/inventory?limit=0',
    '/inventory?limit=201',
    '/inventory?limit=ten',
    '/inventory?limit=1&limit=2',
    '/inventory?cursor=abc',
    `/inventory?cursor=${Buffer.from('7').toString('base64url')}`,
    '/inventory?cursor=',
    '/inventory?colour=red',
    '/inventory/',
    '/Inventory',
    '/inventory/85123A',
    '/inventory/85123A?x=1',
    '/inventory/85123A/',
    '/inventory/nothing',
    '/inventory/a%20b',
    '/inventory/%zz',
    `/inventory/${'x'.repeat(65)}`,
    '/inventory/85123A/decrease',
    '/inventory/85123A/elsewhere',
  ])('answer GET %s alike', async (path) => {
    const [one, other] = await Promise.all([answerOf(monolith.app, path), answerOf(inventory.app, path)]);
    expect(other).toEqual(one);
  });

  it('answer other methods on a read alike', async () => {
    for (const method of ['post', 'patch', 'delete'] as const) {
      const [one, other] = await Promise.all(
        [monolith.app, inventory.app].map((app) => request(app)[method]('/inventory/85123A').send({})),
      );
      expect(comparable(other)).toEqual(comparable(one));
    }
  });

  it('take up each other’s cursors', async () => {
    const seen: unknown[] = [];
    let cursor: string | null = '';
    for (let page = 0; cursor !== null && page < 20; page += 1) {
      const app: Express = page % 2 === 0 ? monolith.app : inventory.app;
      const answer: request.Response = await request(app)
        .get(`/inventory?limit=3${cursor && `&cursor=${cursor}`}`)
        .expect(200);
      seen.push(...answer.body.items.map(idOf));
      cursor = answer.body.nextCursor;
    }
    expect(seen).toEqual(stockItems.map((row) => row['product_id']));
  });
});

async function listAll(app: Express, limit: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  let cursor: string | null = '';
  for (let page = 0; cursor !== null && page < 20; page += 1) {
    const answer: request.Response = await request(app)
      .get(`/inventory?limit=${limit}${cursor && `&cursor=${cursor}`}`)
      .expect(200);
    expect(answer.body.items.length).toBeLessThanOrEqual(limit);
    seen.push(...answer.body.items.map(idOf));
    cursor = answer.body.nextCursor;
  }
  return seen;
}

function idOf(item: { productId: string }): string {
  return item.productId;
}

async function answerOf(app: Express, path: string) {
  return comparable(await request(app).get(path));
}
