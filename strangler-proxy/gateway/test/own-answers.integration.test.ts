import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { testServers } from '../../../tests/support/servers.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Gateways, gatewaysForTest } from './support/gateways.js';
import { type Answer, ask } from './support/http-client.js';
import { allBuckets, type OwnedStock, startOwnedStock } from './support/owned-stock.js';

const { natsUrl } = testServers();
let capability: string;
let gateways: Gateways;
let nats: NatsConnection;
let stock: OwnedStock;

beforeEach(async () => {
  capability = `own-answers-${randomBytes(4).toString('hex')}`;
  gateways = gatewaysForTest();
  nats = await connectNats('test', natsUrl);
  stock = await startOwnedStock(nats, capability);
});

afterEach(async () => {
  await gateways.end();
  await stock.end();
  await nats.close();
});

/** Before a system whose data the service owns. */
async function startMoved(more: Record<string, unknown> = {}): Promise<RunningGateway> {
  await stock.move('monolith', allBuckets);
  return gateways.start({
    monolith: stock.programs.monolith.url,
    nats: natsUrl,
    capabilities: { [capability]: { title: 'Stock', service: stock.programs.service.url } },
    endpoints: [
      { endpoint: 'GET /stock/{key}', capability, key: 'path.key' },
      { endpoint: 'PUT /stock/{key}', capability, key: 'path.key' },
    ],
    denied: ['/secret'],
    limits: { upload: '64 KiB' },
    ...more,
  });
}

function put(gateway: RunningGateway, key: string, body: string | Buffer): Promise<Answer> {
  return ask(`${gateway.url}/stock/${key}`, { method: 'PUT', body });
}

const ofWrites = (gateway: RunningGateway) => gateway.status().endpoints[1]!;
const none = { '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 };

describe('what a gateway answers by itself', () => {
  it('is no traffic of the monolith: a body that is too large, a path that is denied, an open breaker', async () => {
    const gateway = await startMoved({ parking: { absence: '0s' } });
    expect((await put(gateway, 'a', 'x')).headers['x-served-by']).toBe('service');
    for (let n = 0; n < 3; n++) expect((await put(gateway, 'a', Buffer.alloc(100_000))).status).toBe(413);
    expect((await ask(`${gateway.url}/secret`)).status).toBe(404);
    await stock.programs.service.kill();
    for (let n = 0; n < 9; n++) expect((await put(gateway, 'a', 'x')).status).toBe(503);
    const { sinceStart, lately } = ofWrites(gateway);
    expect(sinceStart).toMatchObject({ requests: 13, servicePercent: 100 });
    expect(sinceStart.sides.gateway.answers).toEqual({ ...none, '4xx': 3, '5xx': 9 });
    expect(sinceStart.sides.monolith).toMatchObject({ answers: none, p99Ms: null });
    expect(sinceStart.sides.service.answers).toEqual({ ...none, '2xx': 1 });
    expect(lately).toMatchObject({ monolith: 0, service: 1 });
    const others = gateway.status().endpoints.at(-1)!.sinceStart;
    expect(others.sides).toMatchObject({ monolith: { answers: none }, gateway: { answers: { '4xx': 1 } } });
    const { body } = await ask(`${gateway.adminUrl}/metrics`);
    const of = `endpoint="PUT /stock/{key}",capability="${capability}"`;
    expect(body).toContain(`strangler_gateway_requests_total{${of},side="gateway",status="5xx"} 9\n`);
    expect(body).not.toContain(`{${of},side="monolith"`);
  });

  it('is a write that has waited in vain, and nobody is slower for it', async () => {
    const gateway = await startMoved({ parking: { time: '400ms' } });
    stock.replicate(false);
    stock.release('service', [stock.bucketOf('a')]);
    await eventually(() => expect(ofOwners(gateway)?.nobody).toBe(1));
    expect((await put(gateway, 'a', 'x')).status).toBe(503);
    const { sides } = ofWrites(gateway).sinceStart;
    expect(sides.gateway.answers).toEqual({ ...none, '5xx': 1 });
    expect(sides.gateway.p99Ms).toBeGreaterThan(350);
    for (const side of ['monolith', 'service'] as const)
      expect(sides[side]).toMatchObject({ answers: none, p99Ms: null });
  });

  it('is not what it has to wait for: that time is no latency of the side that answers in the end', async () => {
    const gateway = await startMoved();
    stock.replicate(false);
    stock.release('service', [stock.bucketOf('a')]);
    await eventually(() => expect(ofOwners(gateway)?.nobody).toBe(1));
    const answer = put(gateway, 'a', 'x');
    await eventually(() => expect(gateway.status().capabilities[0]?.parked).toBe(1));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    stock.replicate(true);
    expect((await answer).headers['x-served-by']).toBe('monolith');
    const { sides, waits } = ofWrites(gateway).sinceStart;
    expect(waits.p50Ms).toBeGreaterThan(1_800);
    expect(sides.monolith.p99Ms).toBeLessThan(waits.p50Ms!);
  });
});

describe('what a side has been sent and has not answered', () => {
  it('counts as its failure: a time-out, a broken connection', async () => {
    const gateway = await startMoved({
      capabilities: {
        [capability]: { service: stock.programs.service.url, timeouts: { answer: '300ms' } },
      },
    });
    stock.slowDown(2_000);
    expect((await put(gateway, 'a', 'x')).status).toBe(504);
    stock.programs.service.server.removeAllListeners('request');
    stock.programs.service.server.on('request', (incoming) => void incoming.socket.destroy());
    expect((await put(gateway, 'a', 'x')).status).toBe(502);
    const { sides } = ofWrites(gateway).sinceStart;
    expect(sides.service.answers).toEqual({ ...none, '5xx': 2 });
    expect(sides.gateway.answers).toEqual(none);
  });
});

const ofOwners = (gateway: RunningGateway) => gateway.status().capabilities[0]?.owners;
