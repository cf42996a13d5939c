import { afterAll, beforeAll, describe, it, jest } from '@jest/globals';
import { serveHttp, type HttpServer } from '#platform/http/serve-http.js';
import { type ServiceShop, startServiceShop } from '../../extracted/orders/test/start-test-orders.js';
import { expectParityOfAny, generatedRuns } from './generated/expect-parity-of-any.js';
import { scenarios as all } from './scenarios/index.js';
import type { Pair } from './support/run-commands.js';
import { type StoppableShop, startMonolithAlone } from './support/monolith-alone.js';
import { type Telling, tellScenarios } from './support/tell-scenarios.js';

jest.setTimeout(120_000);

/** Nothing brings events from one to another here. */
const scenarios = all.filter(({ byEvents }) => !byEvents);
/** Enough for a busy machine: only a card that never gets an answer takes as long. */
const paymentTimeoutMs = 3_000;
let alone: StoppableShop;
let services: ServiceShop;
let server: HttpServer;
let pair: Pair;
let telling: Telling;

beforeAll(async () => {
  [alone, services] = await Promise.all([
    startMonolithAlone({ paymentTimeoutMs }),
    startServiceShop({}, paymentTimeoutMs),
  ]);
  server = await serveHttp(services.app, '127.0.0.1', 0);
  const together = {
    name: 'the services',
    url: `http://127.0.0.1:${server.port}`,
    providersUrl: services.providers.url,
    mailUrl: undefined,
  };
  pair = [alone.shop, together];
  telling = tellScenarios(pair, scenarios, 'all');
});
afterAll(async () => {
  await server.close();
  await Promise.all([alone.stop(), services.stop()]);
});

describe('services of orders, stock and payments answer as the monolith does:', () => {
  it.each(scenarios.map(({ name }) => name))('%s', async (name) => {
    await telling.expectAlike(name);
  });

  it('any commands in any order', async () => {
    await expectParityOfAny(pair, generatedRuns(process.env, 10), 'any');
  });
});
