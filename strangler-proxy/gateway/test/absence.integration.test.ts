import { afterAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { testServers } from '../../../tests/support/servers.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask } from './support/http-client.js';
import { allBuckets, startOwnedStock } from './support/owned-stock.js';
import { bodyOf, deadAddress, startUpstream } from './support/upstream.js';

const gateways = gatewaysForTest();
afterAll(() => gateways.end());

const portOf = (url: string) => Number(new URL(url).port);

/** A capability whose writes have an owner; nobody ever says who, so it is the monolith. */
const owned = {
  nats: testServers().natsUrl,
  capabilities: { absent: { title: 'Stock', service: 'http://127.0.0.1:9' } },
  endpoints: [
    {
      endpoint: 'POST /stock/{id}/take',
      capability: 'absent',
      key: 'path.id',
      writes: [{ keys: 'path.id' }],
    },
  ],
};

describe('a request to an upstream that has gone away', () => {
  it.each([
    ['GET', undefined],
    ['POST', '{"quantity":1}'],
  ] as const)('waits for its return: %s', async (method, body) => {
    const first = await startUpstream((_incoming, response) => void response.end('first'));
    const { url } = await gateways.start({ monolith: first.url });
    expect((await ask(url)).status).toBe(200);
    await first.kill();
    const answer = ask(url, { method, ...(body === undefined ? {} : { body }) });
    const second = await startUpstream(async (incoming, response) => {
      response.end(`second ${await bodyOf(incoming)}`);
    }, portOf(first.url));
    expect(await answer).toMatchObject({ status: 200, body: `second ${body ?? ''}` });
    await second.kill();
  });

  it('is refused when it stays away for longer, and those that follow at once', async () => {
    const { url } = await gateways.start({ monolith: await deadAddress(), parking: { absence: '300ms' } });
    expect(await ask(url)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect((await ask(url)).status).toBe(503);
  });

  it('is not sent any more once its client has left', async () => {
    const first = await startUpstream((_incoming, response) => void response.end());
    const { url } = await gateways.start({ monolith: first.url });
    await first.kill();
    const leaving = new AbortController();
    const left = fetch(url, { method: 'POST', body: '{}', signal: leaving.signal });
    const stays = ask(url);
    leaving.abort();
    await expect(left).rejects.toThrow();
    const second = await startUpstream((_incoming, response) => void response.end(), portOf(first.url));
    expect((await stays).status).toBe(200);
    expect((await ask(url)).status).toBe(200);
    expect(second.requests()).toBe(2);
    await second.kill();
  });
});

describe('a program that answers 503 itself', () => {
  const busy = () =>
    startUpstream((_incoming, response) => {
      response.writeHead(503, { 'retry-after': '60' }).end('the program says so');
    });
  const asSaid = { status: 503, body: 'the program says so', headers: { 'retry-after': '60' } };

  it.each([
    ['GET', {}],
    ['POST', {}],
    ['POST', { 'idempotency-key': 'k' }],
  ])('is asked once, and its answer is passed on: %s with %j', async (method, headers) => {
    const upstream = await busy();
    const { url } = await gateways.start({ monolith: upstream.url, ...owned });
    const body = method === 'POST' ? { body: '{}' } : {};
    expect(await ask(`${url}/stock/a/take`, { method, headers, ...body })).toMatchObject(asSaid);
    expect(upstream.requests()).toBe(1);
    await upstream.kill();
  });

  it('does so also beside endpoints that are well, and after it had been away', async () => {
    const first = await startUpstream((_incoming, response) => void response.end());
    const { url } = await gateways.start({ monolith: first.url });
    await first.kill();
    const waits = ask(`${url}/well`);
    const upstream = await startUpstream((incoming, response) => {
      if (incoming.url === '/well') response.end('well');
      else response.writeHead(503, { 'retry-after': '60' }).end('the program says so');
    }, portOf(first.url));
    expect(await waits).toMatchObject({ status: 200, body: 'well' });
    for (let n = 0; n < 5; n++) {
      expect(await ask(`${url}/never-well`)).toMatchObject(asSaid);
      expect((await ask(`${url}/well`)).status).toBe(200);
    }
    expect(upstream.requests()).toBe(11);
    await upstream.kill();
  });

  it('does so as often as it is asked, also as the service that owns what is written', async () => {
    const capability = `busy-${randomBytes(4).toString('hex')}`;
    const nats = await connectNats('test', testServers().natsUrl);
    const stock = await startOwnedStock(nats, capability);
    await stock.move('monolith', allBuckets);
    const service = await busy();
    const gateway = await gateways.start({
      monolith: stock.programs.monolith.url,
      nats: testServers().natsUrl,
      capabilities: { [capability]: { title: 'Stock', service: service.url } },
      endpoints: [{ endpoint: 'PUT /stock/{key}', capability, key: 'path.key' }],
    });
    for (let n = 1; n <= 20; n++) {
      const headers: Record<string, string> = n % 2 === 0 ? {} : { 'idempotency-key': `k${n}` };
      const answer = await ask(`${gateway.url}/stock/${n}`, { method: 'PUT', headers, body: '1' });
      expect(answer).toMatchObject(asSaid);
      expect(answer.headers['x-served-by']).toBe('service');
      expect(service.requests()).toBe(n);
    }
    expect(gateway.status().capabilities[0]?.upstreams.service?.breaker).toBe('closed');
    await stock.end();
    await nats.close();
    await service.kill();
  });
});

describe('requests that are sent again', () => {
  it('are few where an upstream breaks off whatever it is asked: a tenth more, and a reserve', async () => {
    const breaking = await startUpstream((incoming) => void incoming.socket.destroy());
    const other = await startUpstream((incoming) => void incoming.socket.destroy());
    const { url } = await gateways.start({
      monolith: { urls: [breaking.url, other.url] },
      monolithLimits: { breaker: { consecutive: 1_000, percent: 100, volume: 100_000 } },
    });
    const requests = 200;
    for (let n = 0; n < requests; n++) expect((await ask(url)).status).toBe(502);
    const sent = breaking.requests() + other.requests();
    expect(sent).toBeGreaterThan(requests);
    expect(sent).toBeLessThanOrEqual(requests * 1.1 + 10 + 5);
    await Promise.all([breaking.kill(), other.kill()]);
  });
});
