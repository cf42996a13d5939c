import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { testServers } from '../../../tests/support/servers.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Gateways, gatewaysForTest } from './support/gateways.js';
import { ask } from './support/http-client.js';
import { allBuckets, type OwnedStock, startOwnedStock } from './support/owned-stock.js';
import { deadAddress } from './support/upstream.js';

const { natsUrl } = testServers();
let capability: string;
let gateways: Gateways;
let nats: NatsConnection;
let stock: OwnedStock;

beforeEach(async () => {
  capability = `unknown-${randomBytes(4).toString('hex')}`;
  gateways = gatewaysForTest();
  nats = await connectNats('test', natsUrl);
  stock = await startOwnedStock(nats, capability);
});

afterEach(async () => {
  await gateways.end();
  await stock.end();
  await nats.close();
});

function start(more: Record<string, unknown> = {}): Promise<RunningGateway> {
  return gateways.start({
    monolith: stock.programs.monolith.url,
    nats: natsUrl,
    capabilities: { [capability]: { title: 'Stock', service: stock.programs.service.url } },
    natsTimeouts: { ownership: '1s' },
    endpoints: [
      { endpoint: 'GET /stock', capability },
      { endpoint: 'GET /stock/{key}', capability, key: 'path.key' },
      { endpoint: 'PUT /stock/{key}', capability, key: 'path.key' },
    ],
    ...more,
  });
}

const put = (gateway: RunningGateway, key: string, body: string) =>
  ask(`${gateway.url}/stock/${key}`, { method: 'PUT', body });
const get = (gateway: RunningGateway, key: string) => ask(`${gateway.url}/stock/${key}`);
const list = (gateway: RunningGateway) => ask(`${gateway.url}/stock`);

/** A state folder with a map of owners that an earlier gateway has kept. */
async function keptMap(): Promise<string> {
  const state = join(gateways.folder, `state-${process.hrtime.bigint()}`);
  const earlier = await start({ state });
  await put(earlier, 'a', 'kept');
  await earlier.drain();
  expect(existsSync(join(state, 'owners.json'))).toBe(true);
  return state;
}

/** The service owns everything and takes a write, which the monolith never gets. */
async function writtenAtSilentService(): Promise<void> {
  await stock.move('monolith', allBuckets);
  stock.replicate(false);
  stock.silence('service', true);
  stock.create('service', 'a', 'new');
  stock.create('monolith', 'a', 'old');
}

const unavailable = {
  status: 503,
  headers: { 'retry-after': '1' },
  body: expect.stringContaining('Stock service is unavailable') as unknown,
};

describe('a gateway that hears only the side that has released a key', () => {
  beforeEach(writtenAtSilentService);

  it('asks the programs, once for all that wait', async () => {
    const gateway = await start();
    const before = stock.programs.service.requests();
    const answers = await Promise.all(Array.from({ length: 20 }, () => get(gateway, 'a')));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['new']));
    expect(stock.programs.service.requests() - before).toBeLessThan(25);
    expect((await list(gateway)).headers['x-served-by']).toBe('service');
  });

  it.each([
    ['do not answer now', false],
    ['know of no ownership', 'ignorant'],
  ] as const)('refuses reads where programs %s, and learns from a write', async (_name, programs) => {
    stock.askable(programs);
    const gateway = await start();
    expect(await get(gateway, 'a')).toMatchObject(unavailable);
    expect(await list(gateway)).toMatchObject(unavailable);
    expect(await put(gateway, 'a', 'newer')).toMatchObject({ headers: { 'x-served-by': 'service' } });
    expect(await get(gateway, 'a')).toMatchObject({ status: 200, body: 'newer' });
  });

  it('reads again as soon as the silent side is heard', async () => {
    stock.askable(false);
    const gateway = await start();
    expect((await get(gateway, 'a')).status).toBe(503);
    stock.silence('service', false);
    await eventually(async () => expect(await get(gateway, 'a')).toMatchObject({ status: 200, body: 'new' }));
  });
});

describe('a map of owners that was kept', () => {
  it('is enough to read at a silent owner', async () => {
    await stock.move('monolith', allBuckets);
    const state = await keptMap();
    await stock.move('service', [stock.bucketOf('b')]);
    await stock.move('monolith', [stock.bucketOf('b')]);
    stock.replicate(false);
    stock.silence('service', true);
    stock.askable(false);
    stock.create('service', 'a', 'new');
    const gateway = await start({ state });
    expect(await get(gateway, 'a')).toMatchObject({ status: 200, body: 'new' });
    expect((await put(gateway, 'a', 'newer')).headers['x-served-by']).toBe('service');
    // The monolith has released this one since the map was kept.
    expect(await get(gateway, 'b')).toMatchObject(unavailable);
  });

  it('gives way to what is heard, be it newer or of a new life of the system', async () => {
    const state = await keptMap();
    const file = join(state, 'owners.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll('"owned","epoch":1', '"owned","epoch":9'));
    await stock.move('monolith', allBuckets);
    const gateway = await start({ state });
    expect((await put(gateway, 'a', '1')).headers['x-served-by']).toBe('service');
    expect((await get(gateway, 'a')).body).toBe('1');
    expect(stock.programs.monolith.requests()).toBe(1);
  });

  it.each([
    ['damaged', (text: string) => text.slice(0, 40)],
    ['of another system', (text: string) => text.replace('"broker', '"other')],
    ['of another form', (text: string) => text.replaceAll('"bucket"', '"part"')],
    ['empty', () => ''],
  ] as const)('is ignored where it is %s', async (_name, spoil) => {
    await stock.move('monolith', allBuckets);
    const state = await keptMap();
    const file = join(state, 'owners.json');
    writeFileSync(file, spoil(readFileSync(file, 'utf8')));
    stock.silence('service', true);
    stock.replicate(false);
    stock.askable(false);
    const gateway = await start({ state });
    expect((await get(gateway, 'a')).status).toBe(503);
  });

  it('that cannot be read or written takes nothing down', async () => {
    const state = join(gateways.folder, 'state');
    mkdirSync(join(state, 'owners.json'), { recursive: true });
    const gateway = await start({ state });
    expect((await put(gateway, 'a', '1')).status).toBe(200);
    await gateway.drain();
  });
});

describe('a shop in which nothing has moved', () => {
  /** Neither service nor its sidecar is there. */
  async function plain(more: Record<string, unknown> = {}): Promise<RunningGateway> {
    stock.silence('service', true);
    stock.replicate(false);
    const service = await deadAddress();
    return start({ capabilities: { [capability]: { title: 'Stock', service } }, ...more });
  }

  async function expectServed(gateway: RunningGateway): Promise<void> {
    expect((await put(gateway, 'a', '1')).status).toBe(200);
    expect(await get(gateway, 'a')).toMatchObject({ status: 200, body: '1' });
    expect(await list(gateway)).toMatchObject({ status: 200, body: '{"a":"1"}' });
  }

  it('is served while only its own sidecar is heard', async () => {
    stock.askable(false);
    await expectServed(await plain());
  });

  it.each([true, 'ignorant'] as const)(
    'is served without any sidecar (programs that tell: %s)',
    async (programs) => {
      stock.silence('monolith', true);
      stock.askable(programs);
      await expectServed(await plain());
    },
  );

  it('is served while NATS is away', async () => {
    await expectServed(await plain({ nats: (await deadAddress()).replace('http', 'nats') }));
  });
});
