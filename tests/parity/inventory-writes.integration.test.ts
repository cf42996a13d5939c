import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import fc from 'fast-check';
import request from 'supertest';
import type { Side } from '#contracts/strangler/move.js';
import {
  startTestInventory,
  type TestInventory,
} from '../../extracted/inventory/test/start-test-inventory.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { inventory as move } from '../../migrations/moves/inventory.js';
import { type OwnServer, ownBroker } from '../../sidecar/test/support/own-servers.js';
import { handOverByHand } from '../support/hand-over-by-hand.js';
import { comparable } from './support/comparable.js';

let broker: OwnServer;
/** Owns all its stock, for ever. */
let alone: TestMonolith;
/** Knows the catalogue, and owns no stock any more. */
let catalogue: TestMonolith;
/** Owns all the stock of that shop. */
let service: TestInventory;
let sides: Record<Side, Express>;
const buckets = Array.from({ length: 2_000 }, (_, index) => `key-${index}`);

/** Both shops live at the same moment. */
let now = new Date('2011-01-04T10:00:00.000Z');
const clock = () => now;

beforeAll(async () => {
  broker = await ownBroker();
  const natsUrl = broker.url;
  [alone, catalogue, service] = await Promise.all([
    startTestMonolith({ clock }),
    startTestMonolith({ clock, natsUrl }),
    startTestInventory({ clock, natsUrl }),
  ]);
  const databases = { monolith: catalogue.database, service: service.database };
  await handOverByHand(databases, move, buckets, 'service');
  sides = { monolith: alone.app, service: service.app };
});
beforeEach(() => void (now = new Date(now.getTime() + 1_000)));
afterAll(async () => {
  await Promise.all([alone.stop(), catalogue.stop(), service.stop()]);
  await broker.end();
});

interface Command {
  method: 'put' | 'post' | 'get';
  path: string;
  body?: object | string;
  headers?: Record<string, string>;
}

const put = (id: string, available: number, headers = {}): Command => ({
  ...{ method: 'put', path: `/inventory/${id}`, body: { available }, headers },
});
const decrease = (id: string, quantity: number, headers = {}): Command => ({
  ...{ method: 'post', path: `/inventory/${id}/decrease`, body: { quantity }, headers },
});
const increase = (id: string, quantity: number, headers = {}): Command => ({
  ...{ method: 'post', path: `/inventory/${id}/increase`, body: { quantity }, headers },
});
const get = (id: string): Command => ({ method: 'get', path: `/inventory/${id}` });
const key = (name: string) => ({ 'idempotency-key': name });

async function run(app: Express, { method, path, body, headers = {} }: Command) {
  const sent = request(app)[method](path).set(headers);
  if (typeof body === 'string')
    return comparable(await sent.set('content-type', 'application/json').send(body));
  return comparable(await (body ? sent.send(body) : sent));
}

async function bothAnswer(command: Command) {
  const [one, other] = [await run(sides.monolith, command), await run(sides.service, command)];
  expect({ command, ...other }).toEqual({ command, ...one });
  return one;
}

async function givenProduct(id: string) {
  for (const { app } of [alone, catalogue])
    await request(app)
      .put(`/products/${id}`)
      .send({ name: 'Lantern', price: { amount: 255, currency: 'GBP' } });
}

describe('monolith and service answer alike', () => {
  it('when stock is set, taken and put back', async () => {
    await givenProduct('lantern');
    for (const [command, status] of [
      [get('lantern'), 404],
      [decrease('lantern', 1), 404],
      [increase('lantern', 1), 404],
      [put('lantern', 5), 200],
      [put('lantern', 7), 200],
      [decrease('lantern', 3), 200],
      [decrease('lantern', 5), 409],
      [increase('lantern', 2), 200],
      [increase('lantern', 1_000_000), 200],
      [put('lantern', 2_000_000_000), 200],
      [increase('lantern', 1), 409],
      [put('lantern', 0), 200],
      [decrease('lantern', 1), 409],
      [get('lantern'), 200],
    ] as const)
      expect((await bothAnswer(command)).status).toBe(status);
  });

  it('to a product that the catalogue does not have, or has under another case', async () => {
    await givenProduct('Case');
    expect((await bothAnswer(put('nowhere', 1))).status).toBe(404);
    expect((await bothAnswer(put('case', 1))).status).toBe(404);
    expect((await bothAnswer(put('Case', 1))).status).toBe(200);
  });

  it('to a condition on the version', async () => {
    await givenProduct('matched');
    const match = (tag: string) => ({ 'if-match': tag });
    for (const [command, status] of [
      [put('matched', 5, match('"1"')), 412],
      [put('nowhere', 5, match('"1"')), 404],
      [put('matched', 5, match('"0"')), 200],
      [decrease('matched', 1, match('"1"')), 200],
      [decrease('matched', 1, match('"1"')), 412],
      [increase('matched', 1, match('"1", "2"')), 200],
      [put('matched', 9, match('*')), 200],
      [put('matched', 9, match('W/"4"')), 412],
      [put('matched', 9, match('4')), 400],
    ] as const)
      expect((await bothAnswer(command)).status).toBe(status);
  });

  it('to a repeated Idempotency-Key, and to one that is used twice', async () => {
    await givenProduct('keyed');
    await givenProduct('keyed-2');
    await bothAnswer(put('keyed', 5, key('set')));
    const first = await bothAnswer(decrease('keyed', 2, key('take')));
    const again = await bothAnswer(decrease('keyed', 2, key('take')));
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await bothAnswer(decrease('keyed', 1, key('take')))).status).toBe(422);
    expect((await bothAnswer(put('keyed-2', 5, key('set')))).status).toBe(422);
    expect((await bothAnswer(decrease('keyed', 99, key('too many')))).status).toBe(400);
    const refused = await bothAnswer(decrease('keyed', 99, key('too-many')));
    await bothAnswer(increase('keyed', 500));
    expect((await bothAnswer(decrease('keyed', 99, key('too-many')))).body).toBe(refused.body);
    await bothAnswer(get('keyed'));
  });

  it.each([
    put('lantern', -1),
    put('lantern', 2_000_000_001),
    put('a b', 1),
    decrease('lantern', 0),
    decrease('lantern', 1.5),
    increase('lantern', 1_000_001),
    { ...increase('lantern', 1), body: { quantity: 1, colour: 'red' } },
    { ...increase('lantern', 1), body: '{"quantity":' },
    { ...increase('lantern', 1), body: {} },
    { ...increase('lantern', 1), path: '/inventory/lantern/double' },
    { ...put('lantern', 1), path: '/inventory' },
  ])('to what does not fit the contract: $method $path $body', async (command) => {
    expect((await bothAnswer(command)).status).toBeGreaterThanOrEqual(400);
  });

  it('to any commands in any order', async () => {
    const ids = ['any-1', 'any-2', 'any-3'];
    for (const id of ids.slice(0, 2)) await givenProduct(id);
    const id = fc.constantFrom(...ids);
    const units = fc.integer({ min: 1, max: 6 });
    const headers = fc.oneof(
      { weight: 3, arbitrary: fc.constant({}) },
      fc.record({ 'if-match': fc.integer({ min: 0, max: 9 }).map((version) => `"${version}"`) }),
      fc.record({ 'idempotency-key': fc.constantFrom('a', 'b', 'c') }),
    );
    const command = fc.oneof(
      fc.tuple(id, units, headers).map((given) => put(...given)),
      fc.tuple(id, units, headers).map((given) => decrease(...given)),
      fc.tuple(id, units, headers).map((given) => increase(...given)),
      id.map(get),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 15 }), async (commands) => {
        for (const next of commands) await bothAnswer(next);
      }),
      { numRuns: 15 },
    );
  });
});

describe('the service without its catalogue', () => {
  it('says who is not there, remembers no answer, and goes on with what it has', async () => {
    await request(catalogue.app)
      .put('/products/later')
      .send({ name: 'Later', price: { amount: 1, currency: 'GBP' } });
    const unlinked = await startTestInventory({ databaseUrl: service.databaseUrl, clock });
    try {
      const answer = await run(unlinked.app, put('later', 1, key('later')));
      expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
      expect(answer.body).toContain('Catalogue service is unavailable');
      expect((await run(unlinked.app, increase('lantern', 1))).status).toBe(200);
      expect((await run(service.app, put('later', 1, key('later')))).status).toBe(200);
    } finally {
      await unlinked.stop();
    }
  });
});
