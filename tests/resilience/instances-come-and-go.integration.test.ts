import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { type InventoryPlace, openInventoryPlace } from '../../extracted/inventory/test/start-instances.js';
import { registerProgram } from '../../sidecar/register-program.js';
import { type OwnServer, ownBroker } from '../../sidecar/test/support/own-servers.js';
import { gatewaysForTest } from '../../strangler-proxy/gateway/test/support/gateways.js';
import type { RunningGateway } from '../../strangler-proxy/gateway/running-gateway.js';
import type { RunningProgram } from '../support/start-program.js';
import { until } from '../support/until.js';

const logger = createLogger('sidecar', 'silent');
const gateways = gatewaysForTest();
const withdrawals: (() => Promise<void>)[] = [];
let broker: OwnServer;
let nats: NatsConnection;
let place: InventoryPlace;
let gateway: RunningGateway;
/** Those that run, the oldest first. */
let running: RunningProgram[];

beforeAll(async () => {
  broker = await ownBroker();
  nats = await connectNats('test', broker.url);
  place = await openInventoryPlace(broker.url);
  const endpoint = (method: string, path: string) => ({
    endpoint: `${method} /inventory/{id}${path}`,
    capability: 'inventory',
  });
  gateway = await gateways.start({
    // One side is enough here: the instances that stand behind it are what is looked at.
    monolith: { discover: 'inventory' },
    nats: broker.url,
    monolithLimits: { timeouts: { answer: '3s' } },
    capabilities: { inventory: { title: 'Inventory' } },
    endpoints: [endpoint('GET', ''), endpoint('POST', '/increase')],
  });
  running = await Promise.all([startInstance(), startInstance()]);
  for (const instance of running) await untilFound(instance);
});
afterAll(async () => {
  await gateways.end();
  await Promise.all(withdrawals.map((withdraw) => withdraw()));
  await place.end();
  await nats.close();
  await broker.end();
});

/** An instance, and what of its sidecar makes it findable. */
async function startInstance(): Promise<RunningProgram> {
  const instance = await place.startInstance();
  const program = { name: 'inventory', version: '1.0.0', url: instance.url };
  withdrawals.push(registerProgram(nats, program, logger));
  return instance;
}

const instances = () => gateway.status().capabilities[0]?.upstreams.monolith?.instances ?? [];
const untilFound = ({ url }: RunningProgram) =>
  until('the instance is found', () => instances().some((one) => one.url === url && !one.ejected));

type Kind = 'read' | 'write with a key' | 'write';

async function send(kind: Kind): Promise<number> {
  const product = place.products[Math.floor(Math.random() * place.products.length)];
  const url = `${gateway.url}/inventory/${product}`;
  if (kind === 'read') return (await drained(await fetch(url))).status;
  const headers = {
    'content-type': 'application/json',
    ...(kind === 'write' ? {} : { 'idempotency-key': randomUUID() }),
  };
  const body = JSON.stringify({ quantity: 1 });
  return (await drained(await fetch(`${url}/increase`, { method: 'POST', headers, body }))).status;
}

async function drained(answer: Response): Promise<Response> {
  await answer.arrayBuffer();
  return answer;
}

/** Clients that send without a pause, until they are told to stop. */
function load(...kinds: Kind[]) {
  let going = true;
  let answered = 0;
  const failed: { kind: Kind; status: number }[] = [];
  const client = async (kind: Kind) => {
    while (going) {
      const status = await send(kind);
      answered += 1;
      if (status !== 200) failed.push({ kind, status });
    }
  };
  const ended = Promise.all(kinds.map(client));
  return {
    answered: () => answered,
    more: (count: number) => {
      const from = answered;
      return until('more requests are answered', () => answered >= from + count);
    },
    stop: async () => {
      going = false;
      await ended;
      return failed;
    },
  };
}

const mixed: Kind[] = ['read', 'read', 'write with a key', 'write with a key', 'write', 'write'];

async function untilItTakes({ url }: RunningProgram): Promise<void> {
  const taken = async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counts = [
      ...metrics.matchAll(/^http_request_duration_seconds_count{.*endpoint="inventory.*} (\d+)$/gm),
    ];
    return counts.reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const before = await taken();
  await until('the instance takes requests', async () => (await taken()) > before + 5);
}

describe('requests to a service with several instances', () => {
  it('are all answered while instances come and go', async () => {
    const clients = load(...mixed);
    const third = await startInstance();
    running.push(third);
    await untilFound(third);
    for (const instance of running) await untilItTakes(instance);
    await running.shift()?.terminate();
    await clients.more(100);
    expect(await clients.stop()).toEqual([]);
  });

  it('are all answered when one is killed, but for writes without a key that it was working on', async () => {
    const clients = load(...mixed);
    const fourth = await startInstance();
    running.push(fourth);
    await untilFound(fourth);
    for (const instance of running) await untilItTakes(instance);
    await running.shift()?.kill();
    await clients.more(200);
    const failed = await clients.stop();
    expect(failed).toEqual(failed.map(() => ({ kind: 'write', status: 502 })));
    expect(failed.length).toBeLessThanOrEqual(mixed.filter((kind) => kind === 'write').length);
  });

  it('are all answered while the broker hangs, by the instances that are known', async () => {
    const known = instances().map(({ url }) => url);
    const clients = load(...mixed);
    await broker.suspend(12_000);
    expect(instances().map(({ url }) => url)).toEqual(known);
    await clients.more(100);
    expect(await clients.stop()).toEqual([]);
  });

  it('are answered by another while one hangs, and by that one again when it goes on', async () => {
    const hanging = running[0]!;
    const clients = load('read', 'read', 'read', 'read');
    await untilItTakes(hanging);
    hanging.pause();
    await until('it is left alone', () =>
      instances().every(({ url, ejected }) => url !== hanging.url || ejected),
    );
    await clients.more(200);
    hanging.goOn();
    await untilFound(hanging);
    await untilItTakes(hanging);
    expect(await clients.stop()).toEqual([]);
    expect(gateway.status().capabilities[0]?.upstreams.monolith?.breaker).toBe('closed');
  });
});
