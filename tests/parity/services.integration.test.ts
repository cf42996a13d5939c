import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serveHttp, type HttpServer } from '#platform/http/serve-http.js';
import { type ServiceShop, startServiceShop } from '../../extracted/orders/test/start-test-orders.js';
import { expectParityOfAny, generatedRuns } from './generated/expect-parity-of-any.js';
import { wholeListScenarios } from './scenarios/http-scenarios.js';
import { scenarios as all } from './scenarios/index.js';
import type { Pair } from './support/run-commands.js';
import { type StoppableShop, startMonolithAlone } from './support/monolith-alone.js';
import { type Telling, tellScenarios } from './support/tell-scenarios.js';
import { type Met, unmetAnswers } from './support/unmet-answers.js';

/** What is left out for want of events. */
const readOnlyByEvents = ['GET /orders/{orderId}/tracking 200'];
/** Nothing brings events from one to another here. */
const scenarios = all.filter(({ byEvents }) => !byEvents);
let alone: StoppableShop;
let services: ServiceShop;
let server: HttpServer;
let pair: Pair;
let telling: Telling;

beforeAll(async () => {
  [alone, services] = await Promise.all([startMonolithAlone(), startServiceShop()]);
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

  it('and that is every answer that the contract lists', async () => {
    const met: Met[] = [];
    for (const { name } of scenarios) met.push(...(await telling.expectAlike(name)));
    const lists = tellScenarios(pair, wholeListScenarios, 'lists');
    for (const { name } of wholeListScenarios) met.push(...(await lists.expectAlike(name)));
    expect(unmetAnswers(met)).toEqual(readOnlyByEvents);
    expect(unmetAnswers(met.filter(({ answer }) => answer.status !== 402))).toContain(
      'POST /orders payment_declined',
    );
  });

  it('any commands in any order', async () => {
    await expectParityOfAny(pair, generatedRuns(process.env, 10), 'any');
  });
});
