import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { testServers } from '../../../tests/support/servers.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Gateways, gatewaysForTest } from './support/gateways.js';
import { ask } from './support/http-client.js';
import { keptFlags } from './support/kept-flags.js';
import { startUpstream } from './support/upstream.js';
import { allBuckets, type OwnedStock, startOwnedStock } from './support/owned-stock.js';

const { natsUrl } = testServers();
let capability: string;
let gateways: Gateways;
let nats: NatsConnection;
let stock: OwnedStock;

beforeEach(async () => {
  capability = `both-${randomBytes(4).toString('hex')}`;
  gateways = gatewaysForTest();
  nats = await connectNats('test', natsUrl);
  stock = await startOwnedStock(nats, capability);
});

afterEach(async () => {
  await gateways.end();
  await stock.end();
  await nats.close();
});

/** A lag in milliseconds that no test outlasts, and that no replica is too old with. */
const never = 40_000;

/** @param share percent of reads that the flags send to the service */
async function start(
  share: number,
  consistency: Record<string, unknown> = {},
  parking: Record<string, unknown> = {},
): Promise<RunningGateway> {
  const flags = await keptFlags(gateways.folder, {
    [`${capability}.get`]: share,
    [`${capability}.list`]: share,
  });
  const gateway = await gateways.start({
    monolith: stock.programs.monolith.url,
    nats: natsUrl,
    parking,
    ...flags,
    capabilities: { [capability]: { title: 'Stock', service: stock.programs.service.url, consistency } },
    endpoints: [
      { endpoint: 'GET /stock', capability, verb: 'list' },
      { endpoint: 'GET /stock/{key}', capability, verb: 'get', key: 'path.key' },
      { endpoint: 'PUT /stock/{key}', capability, key: 'path.key' },
    ],
  });
  await eventually(() => expect(gateway.status().endpoints[1]?.wanted.percent).toBe(share));
  await eventually(() => {
    const status = gateway.status().capabilities[0];
    expect([status?.replica?.state, status?.monolithReplica?.state]).toEqual(['fresh', 'fresh']);
  });
  return gateway;
}

async function write(gateway: RunningGateway, key: string, value: string): Promise<void> {
  expect((await ask(`${gateway.url}/stock/${key}`, { method: 'PUT', body: value })).status).toBe(200);
}

async function read(gateway: RunningGateway, key: string) {
  const { status, body, headers } = await ask(`${gateway.url}/stock/${key}`);
  return { status, body, side: headers['x-served-by'], retryAfter: headers['retry-after'] };
}

async function list(gateway: RunningGateway) {
  const { body, headers } = await ask(`${gateway.url}/stock`);
  return { values: JSON.parse(body) as Record<string, string>, side: headers['x-served-by'] };
}

const keyOf = (owner: 'low' | 'high') =>
  Array.from({ length: 500 }, (_, n) => `key-${n}`).find((key) =>
    owner === 'low' ? stock.bucketOf(key) <= 50 : stock.bucketOf(key) > 50,
  ) ?? '';

describe('what the service owns', () => {
  it('is read from it while the monolith lacks it, and from the monolith, where the flag says so, once that has it', async () => {
    await stock.move('monolith', allBuckets);
    const gateway = await start(0);
    stock.setLag(never);
    await write(gateway, 'a', '1');
    expect(await read(gateway, 'a')).toMatchObject({ body: '1', side: 'service' });
    stock.setLag(50);
    await eventually(async () =>
      expect(await read(gateway, 'a')).toMatchObject({ body: '1', side: 'monolith' }),
    );
    expect(gateway.status().endpoints[1]?.sinceStart.heldBack.written).toBeGreaterThan(0);
  });

  it('is listed by the monolith once that has caught up in time, else by the service', async () => {
    await stock.move('monolith', allBuckets);
    const gateway = await start(0);
    await write(gateway, 'a', '1');
    expect(await list(gateway)).toEqual({ values: { a: '1' }, side: 'monolith' });
    const impatient = await start(0, { listWait: '50ms' });
    stock.setLag(never);
    await write(impatient, 'a', '2');
    expect(await list(impatient)).toEqual({ values: { a: '2' }, side: 'service' });
  });

  it('is read from it where the monolith has not got it yet, although no client wrote it', async () => {
    await stock.move('monolith', allBuckets.slice(0, 99));
    const gateway = await start(0);
    stock.setLag(never);
    const key = keyOf('low');
    stock.create('service', key, '1');
    expect(await read(gateway, key)).toMatchObject({ status: 200, body: '1', side: 'service' });
    expect(await read(gateway, keyOf('low').replace('key', 'no'))).toMatchObject({ status: 404 });
    expect(gateway.status().endpoints[1]?.sinceStart.heldBack.absent).toBe(2);
  });

  it('is not read from the monolith when the service is down and the monolith lacks it: 503', async () => {
    await stock.move('monolith', allBuckets);
    const gateway = await start(100, {}, { absence: '0s' });
    stock.setLag(never);
    await write(gateway, 'a', '1');
    await stock.programs.service.kill();
    const answer = await read(gateway, 'a');
    expect(answer).toMatchObject({ status: 503, retryAfter: '1' });
    expect(answer.body).toContain('Stock service is unavailable');
    expect(await read(gateway, 'b')).toMatchObject({ status: 404, side: 'monolith' });
    stock.setLag(50);
    await eventually(async () =>
      expect(await read(gateway, 'a')).toEqual({
        status: 200,
        body: '1',
        side: 'monolith',
        retryAfter: undefined,
      }),
    );
    expect((await list(gateway)).values).toEqual({ a: '1' });
    expect(gateway.status().endpoints[1]?.sinceStart.fallbacks).toBeGreaterThan(1);
  });
});

describe('a read that the service itself answers 503', () => {
  it.each([
    ['a few words', 'the program says so'],
    ['a long page', 'x'.repeat(300_000)],
  ])('is what the client gets where the monolith lacks what it wrote: %s', async (_what, said) => {
    await stock.move('monolith', allBuckets);
    const gateway = await start(100);
    stock.setLag(never);
    await write(gateway, 'a', '1');
    const { url } = stock.programs.service;
    await stock.programs.service.kill();
    const busy = await startUpstream(
      (_incoming, response) => void response.writeHead(503, { 'retry-after': '60' }).end(said),
      Number(new URL(url).port),
    );
    expect(await read(gateway, 'a')).toEqual({ status: 503, body: said, side: 'service', retryAfter: '60' });
    stock.setLag(50);
    await eventually(async () =>
      expect(await read(gateway, 'a')).toMatchObject({ body: '1', side: 'monolith' }),
    );
    await busy.kill();
  });
});

describe('what is owned in part by each side', () => {
  it.each([0, 50, 100])(
    'is read and listed as it was written last, with %i %% of reads at the service',
    async (share) => {
      await stock.move('monolith', allBuckets.slice(0, 50));
      const gateway = await start(share);
      const [ofService, ofMonolith] = [keyOf('low'), keyOf('high')];
      for (let n = 0; n < 15; n++) {
        for (const key of [ofService, ofMonolith]) {
          await write(gateway, key, String(n));
          expect((await read(gateway, key)).body).toBe(String(n));
        }
        expect((await list(gateway)).values).toEqual({ [ofService]: String(n), [ofMonolith]: String(n) });
      }
      expect([stock.ownerOf(ofService), stock.ownerOf(ofMonolith)]).toEqual(['service', 'monolith']);
    },
  );

  it('is listed by the owner of more where neither side can be shown to have all, and that is counted', async () => {
    const gateway = await start(0, { maxStaleness: '1s' });
    await stock.move('monolith', allBuckets.slice(0, 70));
    await eventually(() => expect(gateway.status().capabilities[0]?.owners?.service).toBe(70));
    stock.replicate(false);
    await eventually(async () => expect((await list(gateway)).side).toBe('service'));
    expect(gateway.status().endpoints[0]?.sinceStart.heldBack.stale).toBeGreaterThan(0);
  });
});

describe('what was written just before a hand-over', () => {
  it('is read from the new owner, which got it ahead of the token', async () => {
    const gateway = await start(100);
    for (let n = 0; n < 10; n++) {
      await write(gateway, 'a', String(n));
      const from = stock.ownerOf('a') ?? 'monolith';
      stock.release(from, [stock.bucketOf('a')]);
      expect((await read(gateway, 'a')).body).toBe(String(n));
      await eventually(() => expect(stock.ownerOf('a')).toBeDefined());
      expect((await read(gateway, 'a')).body).toBe(String(n));
    }
  });
});
