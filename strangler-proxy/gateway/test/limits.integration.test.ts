import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Gateways, gatewaysForTest, type LogLines } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { type RawUpstream, rawUpstream } from './support/raw-upstream.js';
import { bodyOf, startUpstream, type Upstream } from './support/upstream.js';

let gateways: Gateways;
let monolith: Upstream;
let gateway: RunningGateway;
let log: LogLines;
/** Bytes of each body that came whole. */
let taken: number[];

const mebibyte = 1024 * 1024;

beforeEach(async () => {
  gateways = gatewaysForTest();
  log = [];
  taken = [];
  monolith = await startUpstream(async (incoming, response) => {
    // What is cut off has no end.
    const body = await bodyOf(incoming).catch(() => undefined);
    if (body !== undefined) taken.push(body.length);
    response.end('ok');
  });
});

afterEach(async () => {
  await gateways.end();
  await monolith.kill();
});

async function start(config: Record<string, unknown> = {}): Promise<string> {
  gateway = await gateways.start({ monolith: monolith.url, ...config }, log);
  return gateway.url;
}

/** What the log says of limits. */
function refusals(): unknown[] {
  return log
    .filter(({ msg }) => msg === 'refused by a limit')
    .map(({ setting, method, path, endpoint }) => ({ setting, method, path, endpoint }));
}

async function countOf(setting: string): Promise<number> {
  const { body } = await ask(`${gateway.adminUrl}/metrics`);
  return Number(
    new RegExp(`^strangler_gateway_limited_total{setting="${setting}"} (\\d+)$`, 'm').exec(body)?.[1],
  );
}

/** Sends bytes and gives back all that came until the connection was closed. */
async function exchange(url: string, ...pieces: string[]): Promise<string> {
  const connection = await connectRaw(url);
  for (const piece of pieces) connection.send(piece);
  await connection.closed;
  return connection.received();
}

const chunk = (length: number) => `${length.toString(16)}\r\n${'x'.repeat(length)}\r\n`;

describe('a body that only passes through', () => {
  it.each([
    ['said', 'Content-Length: 6291456\r\n\r\n', 'x'.repeat(6 * mebibyte)],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n', `${chunk(6 * mebibyte)}0\r\n\r\n`],
  ])('has no limit: 6 MiB, %s', async (_name, framing, body) => {
    const url = await start();
    const answer = await exchange(
      url,
      `PUT /@shop/package HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${framing}`,
      body,
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(taken).toEqual([6 * mebibyte]);
    expect(refusals()).toEqual([]);
  });

  it.each([
    ['its length is said', 'PUT /up?token=t HTTP/1.1', 'Content-Length: 3000\r\n', 'x'.repeat(3_000)],
    [
      'it comes in chunks',
      'PUT /up?token=t HTTP/1.1',
      'Transfer-Encoding: chunked\r\n',
      `${chunk(600)}${chunk(600)}0\r\n\r\n`,
    ],
    [
      'its client waits to be asked for it',
      'PUT /up?token=t HTTP/1.1',
      'Content-Length: 3000\r\nExpect: 100-continue\r\n',
      '',
    ],
    ['its client speaks HTTP/1.0', 'PUT /up?token=t HTTP/1.0', 'Content-Length: 3000\r\n', 'x'.repeat(3_000)],
  ])('is refused above limits.upload, and that is logged: %s', async (_name, line, framing, body) => {
    const url = await start({ limits: { upload: '1 KiB' } });
    const connection = await connectRaw(url);
    connection.send(`${line}\r\nHost: x\r\nConnection: close\r\n${framing}\r\n${body}`);
    await eventually(() => expect(connection.received()).toContain('"code":"too_large"'));
    connection.socket.destroy();
    expect(connection.received()).toMatch(/^HTTP\/1.1 413 /);
    expect(connection.received()).not.toContain('HTTP/1.1 100');
    expect(taken).toEqual([]);
    expect(refusals()).toEqual([{ setting: 'limits.upload', method: 'PUT', path: '/up', endpoint: '*' }]);
    expect(await countOf('limits.upload')).toBe(1);
  });

  it('of an exchange whose answer has begun ends it, where it grows above limits.upload', async () => {
    const upstream: RawUpstream = await rawUpstream((socket) => {
      socket.resume();
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe first part');
    });
    const url = await start({ monolith: upstream.url, limits: { upload: '1 KiB' } });
    const connection = await connectRaw(url);
    connection.send(`POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(10)}`);
    await eventually(() => expect(connection.received()).toContain('the first part'));
    connection.send(chunk(2_000));
    await connection.closed;
    expect(connection.received()).not.toContain('413');
    expect(refusals()).toMatchObject([{ setting: 'limits.upload', path: '/up' }]);
    await eventually(() => expect(upstream.sockets.size).toBe(0));
    const { body } = await ask(`${gateway.adminUrl}/metrics`);
    expect(body).toMatch(/requests_total{endpoint="\*",capability="",side="monolith",status="2xx"} 1/);
    upstream.end();
  });
});

describe('a body that the gateway holds', () => {
  const held = {
    capabilities: { stock: {} },
    endpoints: [{ endpoint: 'POST /stock', capability: 'stock', key: 'request.id' }],
    limits: { body: '1 KiB', upload: '1 MiB' },
  };

  it.each([
    ['its length is said', 'Content-Length: 3000\r\n', 'x'.repeat(3_000)],
    ['it comes in chunks', 'Transfer-Encoding: chunked\r\n', `${chunk(600)}${chunk(600)}0\r\n\r\n`],
    ['its client waits to be asked for it', 'Content-Length: 3000\r\nExpect: 100-continue\r\n', ''],
  ])('is refused above limits.body, where others pass: %s', async (_name, framing, body) => {
    const url = await start(held);
    const connection = await connectRaw(url);
    connection.send(`POST /stock HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${framing}\r\n${body}`);
    await eventually(() => expect(connection.received()).toContain('The body is larger than 1024 bytes'));
    connection.socket.destroy();
    expect(connection.received()).toMatch(/^HTTP\/1.1 413 /);
    expect(refusals()).toEqual([
      { setting: 'limits.body', method: 'POST', path: '/stock', endpoint: 'POST /stock' },
    ]);
    expect(await countOf('limits.body')).toBe(1);
    expect((await ask(`${url}/other`, { method: 'POST', body: 'x'.repeat(3_000) })).status).toBe(200);
    expect(taken).toEqual([3_000]);
  });

  it('may be as large as limits.body, whatever limits.upload is', async () => {
    const url = await start({ ...held, limits: { body: '1 KiB', upload: '10 B' } });
    const body = JSON.stringify({ id: 'x'.repeat(1_000) });
    expect((await ask(`${url}/stock`, { method: 'POST', body })).status).toBe(200);
    expect(taken).toEqual([body.length]);
  });
});

describe('a request that a limit refuses', () => {
  it('and whose body was not asked for ends its connection', async () => {
    const url = await start({ limits: { upload: '1 KiB' } });
    const connection = await connectRaw(url);
    connection.send('PUT /up HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\nExpect: 100-continue\r\n\r\n');
    await eventually(() => expect(connection.received()).toContain('"code":"too_large"'));
    // Nobody could tell the next request from the body, which may come or not.
    expect(connection.received()).toMatch(/\r\nConnection: close\r\n/i);
  });

  it('is logged once a second, however many there are, and counted', async () => {
    const url = await start({ limits: { upload: '1 KiB' } });
    for (let time = 0; time < 50; time++)
      await ask(`${url}/up/${time}`, { method: 'PUT', body: 'x'.repeat(2_000) });
    expect(await countOf('limits.upload')).toBe(50);
    const lines = () => log.filter(({ setting }) => setting === 'limits.upload');
    await eventually(() => {
      const more = lines().reduce((sum, { more: others }) => sum + Number(others ?? 0), 0);
      expect(refusals().length + more).toBe(50);
    });
    expect(refusals()[0]).toMatchObject({ path: '/up/0' });
    expect(lines().length).toBeLessThan(40);
  });

  it.each([
    ['headers', `GET /large?q HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(5_000)}\r\n\r\n`, '/large'],
    ['header lines', `GET /many HTTP/1.1\r\nHost: x\r\n${'X-Field: value\r\n'.repeat(1_500)}\r\n`, '/many'],
    ['a target', `GET /${'a'.repeat(5_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, `/${'a'.repeat(499)}`],
    [
      'headers behind another request',
      `GET /first HTTP/1.1\r\nHost: x\r\n\r\nGET /large HTTP/1.1\r\nX-Large: ${'a'.repeat(5_000)}\r\n\r\n`,
      '/large',
    ],
    [
      'trailers',
      `POST /trailers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ${'a'.repeat(5_000)}\r\n\r\n`,
      '/trailers',
    ],
  ])('has too large %s', async (_name, text, path) => {
    const url = await start({ limits: { headers: '4 KiB' } });
    expect(await exchange(url, text)).toMatch(/HTTP\/1.1 431 /);
    expect(refusals()).toMatchObject([{ setting: 'limits.headers', path }]);
    expect(await countOf('limits.headers')).toBe(1);
  });

  it.each([
    ['limits.headersTime', { headersTime: '500ms' }, 'GET /a HTTP/1.1\r\nHost: x\r\nX-Slow: ', undefined],
    ['limits.requestTime', { requestTime: '500ms' }, 'GET /a HTTP/1.1\r\nHost: x\r\nX-Slow: ', undefined],
    [
      'limits.requestTime',
      { requestTime: '500ms' },
      'POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\n\r\nslow',
      '/slow',
    ],
    [
      'limits.requestTime',
      { requestTime: '500ms' },
      'POST /slow HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nslow\r\n',
      '/slow',
    ],
  ])('does not arrive within %s', async (setting, limits, text, path) => {
    const url = await start({ limits });
    expect(await exchange(url, text)).toMatch(/^HTTP\/1.1 408 /);
    expect(refusals()).toMatchObject([{ setting, path }]);
    expect(await countOf(setting)).toBe(1);
  });

  it('is one connection too many', async () => {
    const url = await start({ limits: { connections: 1 } });
    const first = await connectRaw(url);
    first.send('GET /a HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => expect(first.received()).toContain('200 OK'));
    expect(await exchange(url)).toBe('');
    expect(log).toContainEqual(
      expect.objectContaining({
        setting: 'limits.connections',
        client: '127.0.0.1',
        msg: 'refused by a limit',
      }),
    );
    expect(await countOf('limits.connections')).toBe(1);
    first.socket.destroy();
  });

  it.each([
    ['monolithLimits.bulkhead.queue', { queue: 0 }],
    ['monolithLimits.bulkhead.wait', { queue: 1, wait: '100ms' }],
  ])('finds no slot within %s', async (setting, bulkhead) => {
    let letGo = () => undefined as unknown;
    const upstream = await startUpstream((_incoming, response) => void (letGo = () => response.end('late')));
    const url = await start({
      monolith: upstream.url,
      monolithLimits: { bulkhead: { concurrent: 1, ...bulkhead } },
    });
    const first = ask(`${url}/first`);
    await eventually(() => expect(upstream.requests()).toBe(1));
    expect((await ask(`${url}/second?token=t`)).status).toBe(503);
    letGo();
    expect((await first).status).toBe(200);
    expect(refusals()).toEqual([{ setting, method: 'GET', path: '/second', endpoint: '*' }]);
    expect(await countOf(setting)).toBe(1);
    await upstream.kill();
  });
});
