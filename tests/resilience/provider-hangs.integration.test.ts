import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connectDatabase } from '#platform/database/connect-database.js';
import { startMonolithProcess } from '../../legacy-monolith/test/start-monolith-process.js';
import { createTestDatabase, type TestDatabase, testServers } from '../support/servers.js';
import { type RunningProgram, startProgram } from '../support/start-program.js';
import { until } from '../support/until.js';

/** How long a charge is waited for: what has nothing to do with charges must not take nearly as long. */
const chargeMs = 2_000;
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
    PAYMENT_TIMEOUT_MS: String(chargeMs),
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

const programs: [string, () => Promise<RunningProgram>, string][] = [
  ['the monolith', async () => startMonolithProcess(around(await newSchema('shop'))), '/products'],
  ['the payments service', startPayments, '/payments?orderId=another'],
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
const refusedBy = (url: string) => figureOf(url, 'refused_total', ',by="breaker"');

/** Charges cards one after the other until it is told to stop. */
function keepPaying(url: string, clients: number) {
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

describe.each(programs)('a card provider that hangs, and %s', (_name, start, path) => {
  it('are two things: all else is answered, charges are refused at once, and taken again when it goes on', async () => {
    const program = await start();
    try {
      expect((await pay(program.url)).status).toBe(201);
      provider.pause();
      const stopPaying = keepPaying(program.url, 20);
      let slowest = 0;
      await until('the breaker is open', async () => {
        const began = performance.now();
        expect((await fetch(`${program.url}${path}`)).status).toBe(200);
        slowest = Math.max(slowest, performance.now() - began);
        return (await stateOf(program.url)) === 2;
      });
      await stopPaying();
      // Without a bulkhead, charges that wait for the provider hold all connections to the database.
      expect(slowest).toBeLessThan(chargeMs * 0.75);
      await until('the breaker is open', async () => (await stateOf(program.url)) === 2);
      let refused = await pay(program.url);
      await until('a charge is refused without asking the provider', async () => {
        const before = await refusedBy(program.url);
        refused = await pay(program.url);
        return (await refusedBy(program.url)) > before;
      });
      expect(refused.status).toBe(503);
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(await refused.json()).toMatchObject({
        code: 'unavailable',
        detail: expect.stringMatching(/^Payments? service is unavailable/),
      });
      provider.goOn();
      await until('cards are charged again', async () => (await pay(program.url)).status === 201);
      expect(await stateOf(program.url)).toBe(0);
    } finally {
      provider.goOn();
      await program.kill();
    }
  });
});
