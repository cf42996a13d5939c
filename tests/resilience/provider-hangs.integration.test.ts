import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connectDatabase } from '#platform/database/connect-database.js';
import { startMonolithProcess } from '../../legacy-monolith/test/start-monolith-process.js';
import { createTestDatabase, type TestDatabase, testServers } from '../support/servers.js';
import { type RunningProgram, startProgram } from '../support/start-program.js';
import { until } from '../support/until.js';

const clients = 20;
const pool = '10';
const schemas: TestDatabase[] = [];
let provider: RunningProgram;

beforeAll(async () => {
  provider = await startProgram(new URL('../../deploy/sandboxes/providers/main.ts', import.meta.url), {
    MYSQL_URL: await newSchema('provider_sandbox'),
  });
});
afterAll(async () => {
  await provider.kill();
  for (const schema of schemas) await schema.drop();
});

async function newSchema(name: string): Promise<string> {
  const schema = await createTestDatabase(name);
  schemas.push(schema);
  return schema.url;
}

function around(schema: string): Record<string, string> {
  return {
    MYSQL_URL: schema,
    MYSQL_POOL: pool,
    PAYMENT_PROVIDER_URL: provider.url,
    PAYMENT_TIMEOUT_MS: '3000',
  };
}

async function startPayments(): Promise<RunningProgram> {
  const schema = await newSchema('payments');
  const variables = { ...around(schema), NATS_URL: testServers().natsUrl };
  const payments = await startProgram(
    new URL('../../extracted/payments/main.ts', import.meta.url),
    variables,
  );
  const database = connectDatabase(schema, 1);
  await database.query("UPDATE payments_ownership SET state = 'owned', epoch = 2");
  await database.close();
  return payments;
}

/** What becomes of charges that are sent at the same time, while the provider hangs. */
interface Held {
  /** So many wait for the provider. */
  running: number;
  /** So many are refused soon, since that is enough; the others wait for their turn. */
  refused: number;
}

const programs: [string, () => Promise<RunningProgram>, string, Held][] = [
  [
    'the monolith',
    async () => startMonolithProcess(around(await newSchema('shop'))),
    '/products',
    { running: 4, refused: clients - 4 },
  ],
  ['the payments service', startPayments, '/payments?orderId=another', { running: 10, refused: 0 }],
];

async function pay(url: string): Promise<Response> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
  const amount = { amount: 1299, currency: 'GBP' };
  const method = { type: 'card', token: 'tok_visa' };
  const body = JSON.stringify({ orderId: 'order-1', amount, method });
  return fetch(`${url}/payments`, { method: 'POST', headers, body });
}

/** A figure of what stands between a program and the provider. @param more further labels */
async function figureOf(url: string, name: string, more = ''): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const line = new RegExp(`^strangler_shield_${name}{towards="payment-provider"${more}} (\\d+)$`, 'm');
  return Number(line.exec(metrics)?.[1] ?? 0);
}

const stateOf = (url: string) => figureOf(url, 'breaker_state');
const refusedBy = (url: string, by: 'breaker' | 'bulkhead') => figureOf(url, 'refused_total', `,by="${by}"`);

/** Charges cards one after the other until it is told to stop. */
function keepPaying(url: string) {
  let going = true;
  const client = async () => {
    while (going) await (await pay(url)).arrayBuffer();
  };
  const ended = Promise.all(Array.from({ length: clients }, client));
  return async () => {
    going = false;
    await ended;
  };
}

/** Is something else answered while charges are held, before one of them ends? Then it needs nothing that they hold. */
async function isAnsweredMeanwhile(url: string, path: string, held: Held): Promise<boolean> {
  const refusedBefore = await refusedBy(url, 'bulkhead');
  let ended = 0;
  const charges = Array.from({ length: clients }, async () => {
    await (await pay(url)).arrayBuffer();
    ended += 1;
  });
  const areHeld = async () =>
    (await figureOf(url, 'running')) === held.running &&
    (await refusedBy(url, 'bulkhead')) - refusedBefore === held.refused;
  let answered = false;
  while (!answered && ended <= held.refused) {
    if (!(await areHeld())) continue;
    expect((await fetch(`${url}${path}`)).status).toBe(200);
    answered = ended <= held.refused && (await areHeld());
  }
  await Promise.all(charges);
  return answered;
}

describe.each(programs)('a card provider that hangs, and %s', (_name, start, path, held) => {
  it('are two things: all else is answered, charges are refused at once, and taken again when it goes on', async () => {
    const program = await start();
    try {
      expect((await pay(program.url)).status).toBe(201);
      const charged = async () => (await pay(program.url)).status === 201;
      await until('something else is answered while charges are held', async () => {
        provider.pause();
        if (await isAnsweredMeanwhile(program.url, path, held)) return true;
        provider.goOn();
        await until('cards are charged again', charged);
        return false;
      });
      const stopPaying = keepPaying(program.url);
      await until('the breaker is open', async () => (await stateOf(program.url)) === 2);
      await stopPaying();
      await until('the breaker is open', async () => (await stateOf(program.url)) === 2);
      let refused = await pay(program.url);
      await until('a charge is refused without asking the provider', async () => {
        const before = await refusedBy(program.url, 'breaker');
        refused = await pay(program.url);
        return (await refusedBy(program.url, 'breaker')) > before;
      });
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await refused.json()).toMatchObject({
        code: 'unavailable',
        detail: expect.stringMatching(/^Payments? service is unavailable/),
      });
      provider.goOn();
      await until('cards are charged again', charged);
      expect(await stateOf(program.url)).toBe(0);
    } finally {
      provider.goOn();
      await program.kill();
    }
  });
});
