import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { caughtErrors } from '#platform/telemetry/guarded.js';
import { testServers } from '../../../tests/support/servers.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Front, standBefore } from './support/front.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask } from './support/http-client.js';
import { type ReplicatedStock, startReplicatedStock } from './support/replicated-stock.js';
import { createFlag, type TestFlag } from './support/unleash.js';

const gateways = gatewaysForTest();
const capability = `fresh-${randomBytes(4).toString('hex')}`;
const { natsUrl, unleashUrl, unleashClientToken } = testServers();
let nats: NatsConnection;
let front: Front;
let otherFront: Front;
let stock: ReplicatedStock;
let flags: TestFlag[];
let one: RunningGateway;
let other: RunningGateway;

beforeAll(async () => {
  nats = await connectNats('test', natsUrl);
  const { hostname, port } = new URL(natsUrl);
  front = await standBefore(hostname, Number(port));
  otherFront = await standBefore(hostname, Number(port));
  stock = await startReplicatedStock(nats, capability);
  flags = await Promise.all(['get', 'list'].map((verb) => createFlag(`${capability}.${verb}`)));
  for (const flag of flags) await flag.rollOut(100);
  one = await start(natsBehind(front.port));
  other = await start(natsBehind(otherFront.port));
  for (const gateway of [one, other]) await eventually(() => expectFromService(gateway, 'untouched'));
});

afterAll(async () => {
  await gateways.end();
  await stock.end();
  await Promise.all(flags.map((flag) => flag.remove()));
  await Promise.all([front.cut(), otherFront.cut()]);
  await nats.close();
});

function start(nats: string, consistency: object = {}, limits: object = {}): Promise<RunningGateway> {
  return gateways.start({
    nats,
    monolith: stock.monolith.url,
    monolithLimits: limits,
    flags: { unleash: unleashUrl, token: unleashClientToken },
    capabilities: {
      [capability]: { service: stock.service.url, consistency: { unknownOutcome: '1500ms', ...consistency } },
    },
    endpoints: [
      { endpoint: 'GET /stock', capability, verb: 'list' },
      { endpoint: 'GET /stock/{key}', capability, verb: 'get', key: 'path.key' },
      { endpoint: 'PUT /stock/{key}', capability, key: 'path.key' },
      { endpoint: 'POST /orders', writes: [{ capability, keys: 'request.items[].productId' }] },
      { endpoint: 'POST /orders/{id}/cancel', writes: [{ capability, keys: 'response.items[].productId' }] },
    ],
  });
}

/** The same server, with the same credentials, through a front that can be cut. */
function natsBehind(port: number): string {
  const url = new URL(natsUrl);
  url.host = `127.0.0.1:${port}`;
  return url.href;
}

async function read(gateway: RunningGateway, key: string): Promise<{ value: number; side: unknown }> {
  const { body, headers } = await ask(`${gateway.url}/stock/${key}`);
  return { value: Number(body), side: headers['x-served-by'] };
}

async function expectFromService(gateway: RunningGateway, key: string): Promise<void> {
  expect((await read(gateway, key)).side).toBe('service');
}

async function list(gateway: RunningGateway): Promise<{ values: Record<string, number>; side: unknown }> {
  const { body, headers } = await ask(`${gateway.url}/stock`);
  return { values: JSON.parse(body) as Record<string, number>, side: headers['x-served-by'] };
}

function heldBack(gateway: RunningGateway) {
  return gateway.status().endpoints[1]?.sinceStart.heldBack;
}

describe('a client', () => {
  it('never reads older than it wrote, through any gateway, whatever it wrote by, while the service answers the rest', async () => {
    const sides = { monolith: 0, service: 0 };
    const client = async (name: number) => {
      for (let value = 1; value <= 18; value++) {
        const key = `k-${name}-${value % 3}`;
        const [writes, reads] = value % 2 ? [one, other] : [other, one];
        const write = [
          () => ask(`${writes.url}/stock/${key}`, { method: 'PUT', body: String(value) }),
          () =>
            ask(`${writes.url}/orders`, {
              method: 'POST',
              body: JSON.stringify({ items: [{ productId: key, value }] }),
            }),
          () => ask(`${writes.url}/orders/${key}/cancel`, { method: 'POST', body: String(value) }),
        ][value % 3];
        expect((await write?.())?.status).toBe(200);
        expect((await read(reads, key)).value).toBe(value);
        expect((await list(reads)).values[key]).toBe(value);
        const later = await read(reads, `k-${name}-${(value + 1) % 3}`);
        sides[later.side as keyof typeof sides] += 1;
      }
    };
    await Promise.all(Array.from({ length: 4 }, (_, name) => client(name)));
    // Keys that nobody wrote lately were read from the service all the time.
    expect(sides.service).toBeGreaterThan(0);
    expect(heldBack(one)?.written).toBeGreaterThan(0);
    await eventually(() => expectFromService(one, 'k-0-0'));
    await eventually(() =>
      expect(one.status().capabilities[0]?.replica).toMatchObject({ state: 'fresh', keysHeld: 0 }),
    );
  });

  it('never reads older than it wrote when announcements are slow', async () => {
    for (const [slow, writes, reads] of [
      [front, one, other],
      [otherFront, one, other],
    ] as const) {
      slow.delay(40);
      for (let value = 1; value <= 5; value++) {
        await ask(`${writes.url}/stock/slow`, { method: 'PUT', body: String(value) });
        expect((await read(reads, 'slow')).value).toBe(value);
        await ask(`${writes.url}/orders/slow-cancel/cancel`, { method: 'POST', body: String(value) });
        expect((await read(reads, 'slow-cancel')).value).toBe(value);
      }
      slow.delay(0);
    }
  });

  it('that has seen what is being written is not shown the past through another gateway', async () => {
    const write = ask(`${one.url}/stock/seen?hang`, { method: 'PUT', body: '4' });
    await eventually(async () => expect((await read(one, 'seen')).value).toBe(4));
    expect(await read(other, 'seen')).toEqual({ value: 4, side: 'monolith' });
    stock.letGo();
    expect((await write).status).toBe(200);
  });

  it('reads a list from the replica once that has caught up, and from the owner when it does not in time', async () => {
    let value = 0;
    const writeAndList = async (through: RunningGateway, expected: string) => {
      value += 1;
      await ask(`${one.url}/stock/listed`, { method: 'PUT', body: String(value) });
      const { values, side } = await list(through);
      expect(values['listed']).toBe(value);
      expect(side).toBe(expected);
    };
    const patient = await start(natsUrl, { listWait: '60s' });
    await eventually(() => expectFromService(patient, 'untouched'));
    await writeAndList(patient, 'service');
    const impatient = await start(natsUrl, { listWait: '50ms' });
    await eventually(() => expectFromService(impatient, 'untouched'));
    stock.setLag(30_000);
    await writeAndList(impatient, 'monolith');
    expect(impatient.status().endpoints[0]?.sinceStart.heldBack.waited).toBeGreaterThan(0);
    stock.setLag(100);
  });

  it('is safe when the answer to its write got lost: the key stays with its owner as long as the write may still happen', async () => {
    const limits = { timeouts: { answer: '300ms' } };
    const impatient = await start(natsUrl, {}, limits);
    const since = Date.now();
    const lost = await ask(`${impatient.url}/stock/lost?hang`, { method: 'PUT', body: '9' });
    expect(lost.status).toBe(504);
    let releasedAfter = 0;
    await eventually(async () => {
      const { value, side } = await read(other, 'lost');
      expect(value).toBe(9);
      expect(side).toBe('service');
      releasedAfter = Date.now() - since;
    });
    // Its gateway's answer time, and the time in which the write may still happen.
    expect(releasedAfter).toBeGreaterThan(300 + 1_400);
    stock.letGo();
  });

  it.each([
    ['of another character set', { 'content-type': 'application/json; charset=utf-7' }],
    ['that is packed', { 'content-encoding': 'gzip' }],
    ['of two types', { 'content-type': ['application/json', 'application/json'] }],
  ])(
    'that sends a body %s reads nothing from the replica meanwhile, whatever keys it seems to hold',
    async (_what, headers) => {
      await eventually(() => expectFromService(other, 'untouched'));
      stock.setLag(30_000);
      const body = JSON.stringify({ items: [{ productId: 'seems', value: 1 }] });
      await ask(`${one.url}/orders`, { method: 'POST', headers, body });
      expect((await read(other, 'untouched')).side).toBe('monolith');
      stock.setLag(100);
      await eventually(() => expectFromService(other, 'untouched'));
    },
  );

  it('gets a body that is no JSON told by the owner, and nothing is read from the replica meanwhile', async () => {
    stock.setLag(30_000);
    await eventually(async () => {
      await ask(`${one.url}/orders`, { method: 'POST', body: '{"items": [' });
      expect((await read(one, 'untouched')).side).toBe('monolith');
      expect((await read(other, 'untouched')).side).toBe('monolith');
      expect(heldBack(one)?.written).toBeGreaterThan(0);
    });
    stock.setLag(100);
    await eventually(() => expectFromService(other, 'untouched'));
  });
});

describe('a replica', () => {
  it('is left alone once it stops, until it is back', async () => {
    const strict = await start(natsUrl, { maxStaleness: '1s' });
    await eventually(() => expectFromService(strict, 'untouched'));
    stock.run(false);
    await eventually(async () => expect((await read(strict, 'untouched')).side).toBe('monolith'));
    expect(strict.status().capabilities[0]?.replica?.state).toBe('stale');
    expect(heldBack(strict)?.stale).toBeGreaterThan(0);
    stock.run(true);
    await eventually(() => expectFromService(strict, 'untouched'));
  });

  it('is left alone at once while NATS is away, and read again when it is back and nothing can have been missed', async () => {
    await front.cut();
    await eventually(() => expect(one.status().nats).toBe('cut-off'));
    expect((await read(one, 'untouched')).side).toBe('monolith');
    expect((await ask(`${one.url}/stock/alone`, { method: 'PUT', body: '3' })).status).toBe(200);
    expect(await read(one, 'alone')).toEqual({ value: 3, side: 'monolith' });
    expect((await list(one)).side).toBe('monolith');
    await front.restore();
    await eventually(() => expect(one.status().nats).toBe('connected'));
    await eventually(() => expectFromService(one, 'alone'));
    expect((await read(one, 'alone')).value).toBe(3);
    expect(heldBack(one)?.['cut-off']).toBeGreaterThan(0);
  });
});

describe('writes with more keys than fit into a message', () => {
  it('end no gateway while they are open, and are read from the owner through any of them', async () => {
    const body = Buffer.concat([
      Buffer.from('{"items":[{"productId":"'),
      Buffer.alloc(900_000, 0xff),
      Buffer.from('","value":1}]}'),
    ]);
    const write = (gateway: RunningGateway) => ask(`${gateway.url}/orders?hang`, { method: 'POST', body });
    const writes = [1, 2, 3, 4].map(() => write(one));
    await eventually(async () => expect((await read(other, 'untouched')).side).toBe('monolith'));
    const beats = 3 * 500;
    await sleep(beats);
    for (const gateway of [one, other]) expect((await read(gateway, 'untouched')).side).toBe('monolith');
    stock.letGo();
    for (const { status } of await Promise.all(writes)) expect(status).toBe(200);
    await eventually(() => expectFromService(other, 'untouched'));
    expect([...caughtErrors()]).toEqual([]);
  });
});
