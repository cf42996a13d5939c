import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask } from './support/http-client.js';
import { deadAddress, startUpstream, type Upstream } from './support/upstream.js';

const gateways = gatewaysForTest();
let monolith: Upstream;

beforeAll(async () => {
  monolith = await startUpstream((incoming, response) => {
    if (incoming.url === '/never') return;
    if (incoming.url === '/reset') return void incoming.socket.destroy();
    if (incoming.url === '/nonsense') return void incoming.socket.end('SSH-2.0-OpenSSH_9.9\r\n');
    response.end('ok');
  });
});

afterAll(async () => {
  await gateways.end();
  await monolith.kill();
});

/** Nothing is waited for: what is looked at is the answer. */
const atOnce = { parking: { absence: '0s' } };

const timeouts = { monolithLimits: { timeouts: { answer: '200ms', connect: '200ms' } } };

describe('a request that no upstream answers', () => {
  it('gets 504 when no answer comes in time', async () => {
    const { url } = await gateways.start({
      monolith: monolith.url,
      ...timeouts,
      endpoints: [{ endpoint: 'GET /never', capability: 'payments' }],
      capabilities: { payments: { title: 'Payment' } },
    });
    const answer = await ask(`${url}/never`);
    expect(answer).toMatchObject({
      status: 504,
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    });
    expect(JSON.parse(answer.body)).toEqual({
      type: 'about:blank',
      title: 'Gateway Timeout',
      status: 504,
      detail: 'Payment service did not answer in time',
      instance: '/never',
      code: 'timeout',
    });
    expect(answer.headers['x-request-id']).toBeDefined();
  });

  it.each(['/reset', '/nonsense'])(
    'gets 502 when the upstream breaks off or talks nonsense: %s',
    async (path) => {
      const { url } = await gateways.start({ monolith: monolith.url });
      const answer = await ask(`${url}${path}`, { method: 'POST', body: '{}' });
      expect(answer.status).toBe(502);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'bad_gateway', instance: path });
    },
  );

  it('gets 503 and when to try again, naming the capability, when the upstream can not be reached', async () => {
    const { url } = await gateways.start({
      ...atOnce,
      monolith: await deadAddress(),
      endpoints: [{ endpoint: 'POST /payments/{id}', capability: 'payments' }],
      capabilities: { payments: { title: 'Payment' } },
    });
    const answer = await ask(`${url}/payments/7?card=4111`, { method: 'POST', body: '{}' });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'unavailable', instance: '/payments/7' });
    expect(answer.body).toContain('Payment service is unavailable');
    expect(answer.body).not.toContain('4111');
  });

  it('is refused at once while the breaker is open, and answered again once the upstream is back', async () => {
    const flaky = await startUpstream((_incoming, response) => void response.end('ok'));
    const { url, status } = await gateways.start({
      ...atOnce,
      monolith: flaky.url,
      monolithLimits: { breaker: { retryAfter: '100ms' } },
    });
    await flaky.kill();
    for (let n = 0; n < 5; n++) expect((await ask(url)).status).toBe(503);
    await eventually(async () => {
      expect((await ask(url)).status).toBe(503);
      expect(status().endpoints.at(-1)?.sinceStart.sides.gateway.answers['5xx']).toBeGreaterThan(5);
    });
    const back = await startUpstream(
      (_incoming, response) => void response.end('back'),
      Number(new URL(flaky.url).port),
    );
    await eventually(async () => expect(await ask(url)).toMatchObject({ status: 200, body: 'back' }));
    for (let n = 0; n < 5; n++) expect((await ask(url)).status).toBe(200);
    await back.kill();
  });

  it('is answered again once the upstream is back, whatever slow clients upload, read or break off meanwhile', async () => {
    const port = Number(new URL(await deadAddress()).port);
    const { url } = await gateways.start({
      ...atOnce,
      monolith: `http://127.0.0.1:${port}`,
      monolithLimits: { breaker: { retryAfter: '200ms' } },
      parking: { absence: '0s', body: '1 KiB' },
    });
    for (let n = 0; n < 8; n++) expect((await ask(url)).status).toBe(503);
    const back = await startUpstream((incoming, response) => {
      if (incoming.method === 'GET' && incoming.url === '/long') response.write('a part');
      else if (incoming.method === 'GET' && incoming.url !== '/never') response.end('back');
    }, port);
    await sleep(250);
    const slow = new AbortController();
    const endless = new ReadableStream({ start: (to) => to.enqueue(new Uint8Array(100_000)) });
    const upload = { method: 'POST', body: endless, duplex: 'half' as const, signal: slow.signal };
    const uploading = fetch(`${url}/upload`, upload).catch(() => undefined);
    await sleep(50);
    const left = new AbortController();
    const leaving = fetch(`${url}/never`, { signal: left.signal }).catch(() => undefined);
    await sleep(50);
    left.abort();
    await sleep(20);
    const reading = await fetch(`${url}/long`, { signal: slow.signal });
    expect(reading.status).toBe(200);
    for (let n = 0; n < 5; n++) expect(await ask(url)).toMatchObject({ status: 200, body: 'back' });
    slow.abort();
    await Promise.all([uploading, leaving]);
    await back.kill();
  });

  it('is asked again when it only reads and a kept-alive connection turns out to be closed', async () => {
    let requests = 0;
    const closing = await startUpstream((incoming, response) => {
      requests += 1;
      // The second request finds its connection closed without an answer, as after an idle time-out.
      if (requests === 2) return void incoming.socket.destroy();
      response.end('ok');
    });
    const { url } = await gateways.start({ monolith: closing.url });
    expect((await ask(url)).status).toBe(200);
    expect((await ask(url)).status).toBe(200);
    expect(requests).toBe(3);
    requests = 1;
    expect((await ask(url, { method: 'POST', body: '{}' })).status).toBe(502);
    expect(requests).toBe(2);
    await closing.kill();
  });

  it('waits for its turn when too many are under way, and is refused when too many wait', async () => {
    const waiting: (() => void)[] = [];
    const slow = await startUpstream((_incoming, response) => void waiting.push(() => response.end('ok')));
    const { url } = await gateways.start({
      monolith: slow.url,
      monolithLimits: { bulkhead: { concurrent: 1, queue: 1, wait: '10s' } },
    });
    const first = ask(url);
    await eventually(() => expect(waiting).toHaveLength(1));
    const second = ask(url);
    const refused = ask(url);
    expect((await Promise.race([second, refused])).status).toBe(503);
    waiting.shift()?.();
    expect((await first).status).toBe(200);
    await eventually(() => expect(waiting).toHaveLength(1));
    waiting.shift()?.();
    expect([(await second).status, (await refused).status].sort()).toEqual([200, 503]);
    await slow.kill();
  });
});
