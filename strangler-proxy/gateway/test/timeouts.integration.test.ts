import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testServers } from '../../../tests/support/servers.js';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Gateways, gatewaysForTest, type LogLines } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { createFlag } from './support/unleash.js';
import { bodyOf, deadAddress, startUpstream, type Upstream } from './support/upstream.js';

let gateways: Gateways;
let monolith: Upstream;
let gateway: RunningGateway;
let log: LogLines;
/** Answers of the monolith that a test writes, by path. */
let open: Map<string, ServerResponse>;
let upgraded: Set<Duplex>;

beforeEach(async () => {
  gateways = gatewaysForTest();
  log = [];
  open = new Map();
  upgraded = new Set();
  monolith = await startUpstream(async (incoming, response) => {
    const body = await bodyOf(incoming).catch(() => '');
    if (incoming.method === 'POST') response.end(`${body.length}`);
    else open.set(incoming.url ?? '', response);
  });
  monolith.server.on('upgrade', (request, socket) => {
    socket.on('error', () => undefined);
    upgraded.add(socket);
    open.set(request.url ?? '', { end: () => socket.write(accepted) } as never);
  });
});

afterEach(async () => {
  await gateways.end();
  for (const socket of upgraded) socket.destroy();
  await monolith.kill();
});

const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';
const handshake = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function start(config: Record<string, unknown>): Promise<string> {
  gateway = await gateways.start({ monolith: monolith.url, ...config }, log);
  return gateway.url;
}

function refusals(): unknown[] {
  return log
    .filter(({ msg }) => msg === 'refused by a limit')
    .map(({ setting, path }) => ({ setting, path }));
}

async function countOf(setting: string): Promise<number> {
  const { body } = await ask(`${gateway.adminUrl}/metrics`);
  return Number(
    new RegExp(`^strangler_gateway_limited_total{setting="${setting}"} (\\d+)$`, 'm').exec(body)?.[1],
  );
}

/** What hangs at the monolith is answered. */
async function letGo(path: string): Promise<void> {
  await eventually(() => expect([...open.keys()]).toContain(path));
  open.get(path)?.end('at last');
}

/** An endpoint that may take long, beside others of the same side that may not. */
const patient = (name: string, timeouts: Record<string, string>) => ({
  endpoints: [{ endpoint: `GET ${name}`, timeouts }, { endpoint: 'GET /quick' }, { endpoint: 'POST /quick' }],
});

describe('the time to answer', () => {
  const quick = { monolithLimits: { timeouts: { answer: '300ms' }, breaker: { consecutive: 100 } } };

  it.each<[string, Record<string, unknown>]>([
    ['monolithLimits.timeouts.answer', quick],
    ['unmapped.timeouts.answer', { unmapped: { timeouts: { answer: '300ms' } } }],
    ['unmapped.timeouts.request', { unmapped: { timeouts: { request: '300ms' } } }],
  ])('is named and counted where a handshake ran into it: %s', async (setting, config) => {
    const client = await connectRaw(await start(config));
    client.send(handshake('/live'));
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 504 /);
    await eventually(() => expect(refusals()).toEqual([{ setting, path: '/live' }]));
    expect(await countOf(setting)).toBe(1);
  });

  it('may be longer for one endpoint than for others of its side', async () => {
    const url = await start({ ...quick, ...patient('/report', { answer: '1h' }) });
    const report = ask(`${url}/report`);
    await eventually(() => expect(monolith.requests()).toBe(1));
    // Two after each other take longer than a report may without a limit of its own.
    expect((await ask(`${url}/quick`)).status).toBe(504);
    expect((await ask(`${url}/quick?second`)).status).toBe(504);
    await letGo('/report');
    expect(await report).toMatchObject({ status: 200, body: 'at last' });
    expect(refusals()[0]).toEqual({ setting: 'monolithLimits.timeouts.answer', path: '/quick' });
    expect(await countOf('monolithLimits.timeouts.answer')).toBe(2);
  });

  it('may be shorter for one endpoint than for others', async () => {
    const url = await start(patient('/quote', { answer: '300ms' }));
    const other = ask(`${url}/quick`);
    await eventually(() => expect(monolith.requests()).toBe(1));
    expect((await ask(`${url}/quote`)).status).toBe(504);
    await letGo('/quick');
    expect((await other).status).toBe(200);
    expect(refusals()).toEqual([{ setting: 'endpoints.timeouts.answer', path: '/quote' }]);
  });

  it('may be another one for what no endpoint matches', async () => {
    const url = await start({
      ...quick,
      ...patient('/report', {}),
      unmapped: { timeouts: { answer: '1h' } },
    });
    const unmapped = ask(`${url}/somewhere`);
    await eventually(() => expect(monolith.requests()).toBe(1));
    expect((await ask(`${url}/quick`)).status).toBe(504);
    expect((await ask(`${url}/report`)).status).toBe(504);
    await letGo('/somewhere');
    expect((await unmapped).status).toBe(200);
    const strict = await start({ unmapped: { timeouts: { answer: '300ms' } } });
    expect((await ask(`${strict}/somewhere`)).status).toBe(504);
    expect(refusals()).toContainEqual({ setting: 'unmapped.timeouts.answer', path: '/somewhere' });
  });

  it('does not run while a client uploads', async () => {
    const url = await start(quick);
    for (const framing of ['Content-Length: 9\r\n\r\n', 'Transfer-Encoding: chunked\r\n\r\n']) {
      const said = framing.startsWith('Content');
      const client = await connectRaw(url);
      client.send(`POST /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${framing}`);
      for (const piece of ['abc', 'def', 'ghi']) {
        await pause(200);
        client.send(said ? piece : `3\r\n${piece}\r\n`);
      }
      if (!said) client.send('0\r\n\r\n');
      await client.closed;
      expect(client.received()).toMatch(/^HTTP\/1.1 200 [^]*\r\n9/);
    }
    expect(refusals()).toEqual([]);
  });

  it('goes with an endpoint to the service, whatever its capability’s is', async () => {
    const { unleashUrl, unleashClientToken } = testServers();
    const capability = `slow-${randomBytes(4).toString('hex')}`;
    const flags = await Promise.all([createFlag(`${capability}.report`), createFlag(`${capability}.quick`)]);
    for (const flag of flags) await flag.rollOut(100);
    let report: ServerResponse | undefined;
    const service = await startUpstream((incoming, response) => {
      if (incoming.url === '/report') report = response;
    });
    const url = await start({
      flags: { unleash: unleashUrl, token: unleashClientToken, refresh: '200ms' },
      capabilities: {
        [capability]: { service: service.url, consistency: 'none', timeouts: { answer: '300ms' } },
      },
      endpoints: [
        { endpoint: 'GET /report', capability, verb: 'report', timeouts: { answer: '1h' } },
        { endpoint: 'GET /quick', capability, verb: 'quick' },
      ],
    });
    await eventually(() =>
      expect(
        gateway
          .status()
          .endpoints.slice(0, 2)
          .map(({ wanted }) => wanted?.percent),
      ).toEqual([100, 100]),
    );
    const slow = ask(`${url}/report`);
    await eventually(() => expect(report).toBeDefined());
    const quick = ask(`${url}/quick`);
    // The service is late with it: the monolith answers instead.
    await letGo('/quick');
    expect((await quick).headers['x-served-by']).toBe('monolith');
    report?.end('all of it');
    expect(await slow).toMatchObject({ body: 'all of it', headers: { 'x-served-by': 'service' } });
    await Promise.all([service.kill(), ...flags.map((flag) => flag.remove())]);
  });

  it('goes with an endpoint’s WebSocket, whose handshake may be late', async () => {
    const url = await start({ ...quick, ...patient('/live', { answer: '1h' }) });
    const live = await connectRaw(url);
    live.send(handshake('/live'));
    const other = await connectRaw(url);
    other.send(handshake('/quick'));
    await other.closed;
    expect(other.received()).toMatch(/^HTTP\/1.1 504 /);
    await letGo('/live');
    await eventually(() => expect(live.received()).toMatch(/^HTTP\/1.1 101 /));
    live.socket.destroy();
    const strict = await start(patient('/live', { request: '300ms' }));
    const late = await connectRaw(strict);
    late.send(handshake('/live'));
    await late.closed;
    expect(late.received()).toMatch(/^HTTP\/1.1 504 /);
  });
});

describe('the time between two pieces of an answer', () => {
  it('may be longer for a stream of events than for other answers', async () => {
    const url = await start({
      monolithLimits: { timeouts: { idle: '300ms' } },
      // So does the limit for clients that are idle: they wait for the stream, and do nothing wrong.
      limits: { idle: '300ms' },
      ...patient('/events', { idle: '1h' }),
    });
    const events = await connectRaw(url);
    events.send('GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(open.has('/events')).toBe(true));
    open.get('/events')?.write('data: first\n\n');
    await eventually(() => expect(events.received()).toContain('first'));
    const quick = await connectRaw(url);
    quick.send('GET /quick HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(open.has('/quick')).toBe(true));
    open.get('/quick')?.write('begun');
    await quick.closed;
    expect(quick.received()).toContain('begun');
    expect(refusals()).toEqual([{ setting: 'monolithLimits.timeouts.idle', path: '/quick' }]);
    open.get('/events')?.write('data: second\n\n');
    await eventually(() => expect(events.received()).toContain('second'));
    events.socket.destroy();
  });

  it('may be shorter for one endpoint, and is looked at in time', async () => {
    const url = await start(patient('/ticker', { idle: '200ms' }));
    const ticker = await connectRaw(url);
    const began = performance.now();
    ticker.send('GET /ticker HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(open.has('/ticker')).toBe(true));
    open.get('/ticker')?.write('begun');
    await ticker.closed;
    expect(performance.now() - began).toBeGreaterThan(200);
    expect(refusals()).toEqual([{ setting: 'endpoints.timeouts.idle', path: '/ticker' }]);
  });
});

describe('the time for a whole request', () => {
  it.each([
    ['whose upstream is silent', () => undefined, /^HTTP\/1.1 504 [^]*did not answer in time/],
    [
      'whose answer trickles',
      (response: ServerResponse) => {
        const more = setInterval(() => response.write('x'), 50);
        response.on('close', () => clearInterval(more));
      },
      /^HTTP\/1.1 200 OK[^]*x/,
    ],
  ])('ends one %s', async (_name, answer, received) => {
    const url = await start(patient('/slow', { request: '400ms' }));
    const client = await connectRaw(url);
    client.send('GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await eventually(() => expect(open.has('/slow')).toBe(true));
    answer(open.get('/slow') as ServerResponse);
    await client.closed;
    expect(client.received()).toMatch(received);
    // Cut off in the middle of its chunks.
    expect(client.received()).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(refusals()).toEqual([{ setting: 'endpoints.timeouts.request', path: '/slow' }]);
    expect(await countOf('endpoints.timeouts.request')).toBe(1);
    await eventually(() => expect(open.get('/slow')?.destroyed).toBe(true));
  });

  it.each([
    ['Content-Length: 100000', 'abc'],
    ['Transfer-Encoding: chunked', '3\r\nabc\r\n'],
    ['Content-Length: 100', 'abc'],
  ])('ends an upload that takes longer: %s', async (framing, piece) => {
    const url = await start({ unmapped: { timeouts: { request: '400ms' } } });
    const client = await connectRaw(url);
    client.send(`POST /up HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${framing}\r\n\r\n${piece}`);
    await eventually(() => expect(client.received()).toMatch(/^HTTP\/1.1 408 [^]*did not arrive in time/));
    client.socket.destroy();
    expect(refusals()).toEqual([{ setting: 'unmapped.timeouts.request', path: '/up' }]);
  });

  it('ends one that waits for an upstream to return', async () => {
    const url = await start({ monolith: await deadAddress(), unmapped: { timeouts: { request: '400ms' } } });
    expect((await ask(`${url}/away`)).status).toBe(504);
    expect(refusals()).toEqual([{ setting: 'unmapped.timeouts.request', path: '/away' }]);
  });

  it('does not end the next one on its connection', async () => {
    const url = await start(patient('/slow', { request: '1s' }));
    const client = await connectRaw(url);
    client.send(
      'GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    await letGo('/slow');
    await eventually(() => expect(open.has('/quick')).toBe(true));
    await pause(1_200);
    await letGo('/quick');
    await client.closed;
    expect(client.received().match(/at last/g)).toHaveLength(2);
    expect(refusals()).toEqual([]);
  });
});

describe('a client that is idle', () => {
  it('may be so for as long as it waits for an answer', async () => {
    const url = await start({ limits: { idle: '200ms' } });
    const report = ask(`${url}/report`);
    await eventually(() => expect(open.has('/report')).toBe(true));
    await pause(1_000);
    await letGo('/report');
    expect((await report).body).toBe('at last');
    expect(refusals()).toEqual([]);
  });

  it.each([
    ['in the middle of a body', 'POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc'],
    ['in the middle of a small body', 'POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc'],
  ])('is cut off %s, and that is logged', async (_name, text) => {
    const url = await start({ limits: { idle: '200ms' } });
    const client = await connectRaw(url);
    client.send(text);
    await client.closed;
    expect(refusals()).toEqual([{ setting: 'limits.idle', path: '/up' }]);
    expect(await countOf('limits.idle')).toBe(1);
  });

  it('is cut off when it does not take its answer', async () => {
    const url = await start({ limits: { idle: '300ms' } });
    const client = await connectRaw(url);
    client.socket.pause();
    client.send('GET /much HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(open.has('/much')).toBe(true));
    const response = open.get('/much') as ServerResponse;
    const piece = Buffer.alloc(1024 * 1024);
    for (let megabyte = 0; megabyte < 64 && !response.destroyed; megabyte++) response.write(piece);
    await eventually(() => expect(refusals()).toEqual([{ setting: 'limits.idle', path: '/much' }]));
    client.socket.destroy();
  });

  it('is cut off between two requests without a word', async () => {
    const url = await start({ limits: { idle: '200ms', keepAlive: '200ms' } });
    const client = await connectRaw(url);
    client.send('POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na');
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 200 /);
    const silent = await connectRaw(url);
    await silent.closed;
    expect(refusals()).toEqual([]);
  });
});
