import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestStrategy } from 'nats';
import { Registry } from 'prom-client';
import { inventoryRequests } from '#contracts/shop/inventory-requests.js';
import { requestServers } from '#contracts/shop/request-servers.js';
import { findInstances } from '#platform/discovery/find-instances.js';
import type { Reply } from '#platform/messaging/ask-service.js';
import { linkNats, type NatsLink } from '#platform/messaging/link-nats.js';
import { type Asker, openAsker } from '#platform/messaging/open-asker.js';
import { createShields, type Shields } from '#platform/resilience/shields.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { type OwnServer, ownBroker } from '../../../sidecar/test/support/own-servers.js';
import type { RunningProgram } from '../../../tests/support/start-program.js';
import { until } from '../../../tests/support/until.js';
import { wideMs, wideShields } from '../../../tests/support/wide-limits.js';
import { type InventoryPlace, openInventoryPlace } from './start-instances.js';

/** For questions to an instance that hangs or is killed; all others are waited for. */
const giveUpMs = 3_000;
const clients = 6;
const logger = createLogger('orders', process.env['TEST_LOG_LEVEL'] ?? 'silent');

let broker: OwnServer;
let place: InventoryPlace;
let link: NatsLink;
let registry: Registry;
let shields: Shields;
let asker: Asker;
/** Those that run, the oldest first. */
let running: RunningProgram[];

beforeAll(async () => {
  broker = await ownBroker();
  place = await openInventoryPlace(broker.url);
  link = linkNats('orders', broker.url, logger);
  await until('NATS is there', () => link.connection() !== undefined);
  running = await Promise.all([place.startInstance(), place.startInstance()]);
  await untilKnown(2);
  registry = new Registry();
  shields = createShields({ logger, registry, limits: wideShields });
  asker = openAsker(link, shields, [requestServers.inventory]);
});
afterAll(async () => {
  asker.close();
  shields.close();
  await link.close();
  await place.end();
  await broker.end();
});

function ask(question: 'reserve' | 'shortages', timeoutMs = wideMs): Promise<Reply<unknown>> {
  const known = place.products[Math.floor(Math.random() * place.products.length)]!;
  // A program that is stopped keeps the locks that it has: what is asked of it then is about nothing that others ask of.
  const productId = question === 'reserve' ? known : randomUUID();
  const order = { orderId: randomUUID(), items: [{ productId, quantity: 1 }], attempt: 1 };
  return asker.ask(inventoryRequests[question], order, timeoutMs);
}

const reserve = () => ask('reserve');
const reserveSoon = () => ask('reserve', giveUpMs);

/** Asks without a pause until it is told to stop; then tells what was answered otherwise. */
function keepAsking(question: 'reserve' | 'shortages', timeoutMs = wideMs) {
  let going = true;
  let asked = 0;
  const failures: Reply<unknown>[] = [];
  const client = async () => {
    while (going) {
      const reply = await ask(question, timeoutMs);
      asked += 1;
      if (reply.kind === 'answer') continue;
      failures.push(reply);
      // Who is refused at once leaves the others time.
      await sleep(10);
    }
  };
  const ended = Promise.all(Array.from({ length: clients }, client));
  return {
    failures,
    asked: () => asked,
    /** So many more questions have been answered. */
    more: (count: number) => {
      const from = asked;
      return until('more questions are answered', () => asked >= from + count);
    },
    stop: async () => {
      going = false;
      await ended;
      return failures;
    },
  };
}

/** Questions that were put to each instance, by its id. */
async function taken(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const client = link
    .connection()!
    .services.client({ strategy: RequestStrategy.JitterTimer, maxWait: 300, jitter: 300 });
  for await (const { id, endpoints } of await client.stats('inventory-requests')) {
    counts.set(id, endpoints?.reduce((sum, { num_requests }) => sum + num_requests, 0) ?? 0);
  }
  return counts;
}

const untilKnown = (count: number) =>
  until(`${count} instances are there`, async () => {
    return (await findInstances(link.connection()!, 'inventory-requests')).length === count;
  });

async function untilAllTake(): Promise<void> {
  const before = await taken();
  await until('each instance takes questions', async () =>
    [...(await taken())].every(([id, count]) => count > (before.get(id) ?? 0) + 5),
  );
}

const figure = async (name: string, labels: Record<string, string>) => {
  const { values } = (await registry.getSingleMetric(`strangler_shield_${name}`)?.get()) ?? { values: [] };
  return values.find((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    ?.value;
};

describe('questions to a service with several instances', () => {
  it('are all answered while instances come and go', async () => {
    const load = keepAsking('reserve');
    await untilAllTake();
    running.push(await place.startInstance());
    await untilKnown(3);
    await untilAllTake();
    await running.shift()?.terminate();
    await load.more(50);
    expect(await load.stop()).toEqual([]);
  });

  it('lose only what a killed instance was working on', async () => {
    running.push(await place.startInstance());
    await untilKnown(3);
    const load = keepAsking('reserve', giveUpMs);
    await untilAllTake();
    await running.shift()?.kill();
    await load.more(100);
    const lost = await load.stop();
    expect(lost.map(({ kind }) => kind)).toEqual(lost.map(() => 'unanswered'));
    expect(lost.length).toBeLessThanOrEqual(clients);
    expect(await figure('breaker_state', { towards: 'inventory' })).toBe(0);
  });

  it('leave an instance alone that does not answer, and come back to it', async () => {
    const [stopped] = running;
    const load = keepAsking('shortages', giveUpMs);
    await untilAllTake();
    stopped?.pause();
    await until('those that it was given have failed', () => load.failures.length > 0);
    const from = load.failures.length;
    await load.more(200);
    expect(load.failures.length - from).toBeLessThanOrEqual(clients);
    stopped?.goOn();
    await untilKnown(2);
    await untilAllTake();
    await load.stop();
    expect(await figure('breaker_state', { towards: 'inventory' })).toBe(0);
  });

  it('are refused at once while the only instance hangs, and answered again once it goes on', async () => {
    await running.shift()?.terminate();
    const [only] = running;
    expect(await reserve()).toMatchObject({ kind: 'answer' });
    only?.pause();
    await until('the breaker is open', async () => {
      await Promise.all(Array.from({ length: clients }, reserveSoon));
      return (await figure('breaker_state', { towards: 'inventory' })) === 2;
    });
    const refused = async () => (await figure('refused_total', { towards: 'inventory', by: 'breaker' })) ?? 0;
    await until('a question is refused, which nobody was asked', async () => {
      const before = await refused();
      const { kind } = await reserveSoon();
      return kind === 'unreachable' && (await refused()) === before + 1;
    });
    only?.goOn();
    await until('it is asked again', async () => (await reserve()).kind === 'answer');
    expect(await figure('breaker_state', { towards: 'inventory' })).toBe(0);
  });
});
