import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { startTestMonolith, type TestMonolith } from './start-test-monolith.js';

let shop: TestMonolith;

beforeAll(async () => {
  shop = await startTestMonolith();
});
afterAll(() => shop.stop());

async function givenStock(productId: string, available: number) {
  await request(shop.app)
    .put(`/products/${productId}`)
    .send({ name: 'Lantern', price: { amount: 255, currency: 'GBP' } })
    .expect(201);
  await request(shop.app).put(`/inventory/${productId}`).send({ available }).expect(200);
}

describe('stock of a product', () => {
  it('is what was set, with its version as entity tag', async () => {
    await givenStock('set', 7);
    const answer = await request(shop.app).get('/inventory/set').expect(200);
    expect(answer.body).toMatchObject({ productId: 'set', available: 7, reserved: 0, version: 1 });
    expect(answer.headers['etag']).toBe('"1"');
  });

  it('differs for products whose ids differ only by case', async () => {
    await givenStock('85123A', 1);
    await givenStock('85123a', 2);
    expect((await request(shop.app).get('/inventory/85123A')).body.available).toBe(1);
  });

  it('can be set only for a product that exists', async () => {
    const answer = await request(shop.app).put('/inventory/nowhere').send({ available: 1 }).expect(404);
    expect(answer.body).toMatchObject({ code: 'not_found', instance: '/inventory/nowhere' });
    expect(answer.headers['content-type']).toMatch('application/problem+json');
  });

  it('never goes below zero, however many take at once', async () => {
    await givenStock('rush', 10);
    const answers = await Promise.all(
      Array.from({ length: 15 }, () =>
        request(shop.app).post('/inventory/rush/decrease').send({ quantity: 1 }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(10);
    expect(answers.filter((answer) => answer.body.code === 'insufficient_stock')).toHaveLength(5);
    const left = await request(shop.app).get('/inventory/rush');
    expect(left.body).toMatchObject({ available: 0, version: 11 });
  });

  it('is listed in order of product ids, page by page', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: request.Response = await request(shop.app)
        .get(`/inventory?limit=2${cursor && `&cursor=${cursor}`}`)
        .expect(200);
      seen.push(...page.body.items.map((item: { productId: string }) => item.productId));
      cursor = page.body.nextCursor;
    }
    expect(seen).toEqual([...seen].sort());
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain('rush');
  });

  it('refuses a change that was meant for another version', async () => {
    await givenStock('matched', 5);
    const change = () =>
      request(shop.app).post('/inventory/matched/increase').set('if-match', '"1"').send({ quantity: 1 });
    await change().expect(200);
    expect((await change().expect(412)).body.code).toBe('version_mismatch');
  });
});

describe('a write with an Idempotency-Key', () => {
  const take = (key: string, quantity = 1) =>
    request(shop.app).post('/inventory/keyed/decrease').set('idempotency-key', key).send({ quantity });

  beforeAll(() => givenStock('keyed', 10));

  it('happens once, and its repetition gets the first answer again', async () => {
    const first = await take('once').expect(200);
    const again = await take('once').expect(200);
    expect(again.body).toEqual(first.body);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.headers['etag']).toBe(first.headers['etag']);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
  });

  it('is refused when the key was used for another body', async () => {
    await take('other', 1).expect(200);
    expect((await take('other', 2).expect(422)).body.code).toBe('idempotency_key_reused');
  });

  it('remembers a refusal although it changed nothing', async () => {
    const first = await take('refused', 999).expect(409);
    await request(shop.app).post('/inventory/keyed/increase').send({ quantity: 1000 }).expect(200);
    const again = await take('refused', 999).expect(409);
    expect(again.body).toEqual(first.body);
    expect(again.body.instance).toBe('/inventory/keyed/decrease');
  });

  it('happens once when it arrives many times at once', async () => {
    const before = (await request(shop.app).get('/inventory/keyed')).body.available;
    const answers = await Promise.all(Array.from({ length: 8 }, () => take('burst')));
    expect(answers.filter((a) => a.status === 200 && !a.headers['idempotency-replayed'])).toHaveLength(1);
    expect(answers.filter((a) => a.status !== 200).every((a) => a.body.code === 'request_in_progress')).toBe(
      true,
    );
    expect((await request(shop.app).get('/inventory/keyed')).body.available).toBe(before - 1);
  });

  it('is told that the first is still running, while that waits for a row', async () => {
    const blocker = await shop.database.transaction();
    try {
      const transaction = blocker;
      await shop.database.query("SELECT * FROM stock_items WHERE product_id = 'keyed' FOR UPDATE", {
        transaction,
      });
      const first = take('slow').then((answer) => answer.status);
      await untilSomebodyWaitsForStock();
      expect((await take('slow')).body.code).toBe('request_in_progress');
      await blocker.commit();
      expect(await first).toBe(200);
    } finally {
      if (!('finished' in blocker)) await blocker.rollback();
    }
  });
});

async function untilSomebodyWaitsForStock(): Promise<void> {
  const waiting = `SELECT 1 FROM information_schema.processlist
    WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%stock_items%FOR UPDATE%'`;
  while ((await shop.database.query(waiting))[0].length === 0) await sleep(10);
}

describe('a request that does not fit the contract', () => {
  it.each([
    ['malformed JSON', 'post', '/inventory/x/decrease', '{"quantity":', 400, 'invalid_request'],
    [
      'an unknown field',
      'post',
      '/inventory/x/decrease',
      '{"quantity":1,"colour":"red"}',
      400,
      'invalid_request',
    ],
    ['a quantity of zero', 'post', '/inventory/x/decrease', '{"quantity":0}', 400, 'invalid_request'],
    ['a fraction', 'post', '/inventory/x/decrease', '{"quantity":1.5}', 400, 'invalid_request'],
    ['an id with a space', 'get', '/inventory/a%20b', '', 400, 'invalid_request'],
    ['a broken escape', 'get', '/inventory/%zz', '', 400, 'invalid_request'],
    ['an unknown query parameter', 'get', '/inventory?colour=red', '', 400, 'invalid_request'],
    ['a limit of 201', 'get', '/inventory?limit=201', '', 400, 'invalid_request'],
    ['a cursor of its own making', 'get', '/inventory?cursor=abc', '', 400, 'invalid_request'],
    ['an unknown route', 'get', '/warehouse', '', 404, 'not_found'],
    ['another method', 'put', '/inventory', '{}', 405, 'method_not_allowed'],
  ] as const)('gets a clear answer to %s', async (_what, method, path, body, status, code) => {
    const sent = request(shop.app)[method](path);
    const answer = await (body ? sent.set('content-type', 'application/json').send(body) : sent);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
  });

  it('is told which methods there are', async () => {
    const answer = await request(shop.app).put('/inventory').send({}).expect(405);
    expect(answer.headers['allow']).toBe('GET, HEAD');
  });

  it('may be JSON only, and up to 1 MiB', async () => {
    await request(shop.app).post('/inventory/x/decrease').type('text/plain').send('quantity=1').expect(415);
    const large = { quantity: 1, padding: 'x'.repeat(1024 * 1024) };
    expect((await request(shop.app).post('/inventory/x/decrease').send(large).expect(413)).body.code).toBe(
      'too_large',
    );
  });

  it('names every field that is wrong', async () => {
    const answer = await request(shop.app)
      .put('/products/p')
      .send({ name: '', price: { amount: -1, currency: 'gbp' } });
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toEqual([
      'name',
      'price.amount',
      'price.currency',
    ]);
  });
});

describe('every answer', () => {
  it('carries the request id that the client sent, or a new one', async () => {
    expect(
      (await request(shop.app).get('/products').set('x-request-id', 'mine-1')).headers['x-request-id'],
    ).toBe('mine-1');
    expect(
      (await request(shop.app).get('/products').set('x-request-id', 'no good')).headers['x-request-id'],
    ).toMatch(/^[0-9a-f-]{36}$/);
  });
});
