import { afterAll, describe, expect, it } from '@jest/globals';
import { testServers } from '../../../tests/support/servers.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask } from './support/http-client.js';
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

describe('a request that could not be carried out just now', () => {
  async function failingOnce(): Promise<{ url: string; requests: () => number; kill: () => Promise<void> }> {
    let failures = 1;
    return startUpstream((_incoming, response) => {
      if (failures-- > 0) response.writeHead(503, { 'retry-after': '1' }).end('{"code":"unavailable"}');
      else response.end('done');
    });
  }

  it('is sent again if it only reads', async () => {
    const upstream = await failingOnce();
    const { url } = await gateways.start({ monolith: upstream.url });
    expect(await ask(`${url}/stock/a`)).toMatchObject({ status: 200, body: 'done' });
    expect(upstream.requests()).toBe(2);
    await upstream.kill();
  });

  it('is sent again if it writes and its key makes that safe', async () => {
    const upstream = await failingOnce();
    const { url } = await gateways.start({ monolith: upstream.url, ...owned });
    const headers = { 'idempotency-key': 'k' };
    const answer = await ask(`${url}/stock/a/take`, { method: 'POST', body: '{}', headers });
    expect(answer).toMatchObject({ status: 200, body: 'done' });
    expect(upstream.requests()).toBe(2);
    await upstream.kill();
  });

  it('is not sent again without a key', async () => {
    const upstream = await failingOnce();
    const { url } = await gateways.start({ monolith: upstream.url, ...owned });
    expect((await ask(`${url}/stock/a/take`, { method: 'POST', body: '{}' })).status).toBe(503);
    expect(upstream.requests()).toBe(1);
    await upstream.kill();
  });
});
