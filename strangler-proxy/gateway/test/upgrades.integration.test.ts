import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Gateways, gatewaysForTest } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { type RawUpstream, rawUpstream } from './support/raw-upstream.js';
import { startUpstream, type Upstream } from './support/upstream.js';

const handshake =
  'GET /live HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const accepted =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.on('error', reject);
    socket.on('error', () => undefined);
  });
}

let gateways: Gateways;
let gateway: RunningGateway;
let upstream: RawUpstream;
const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);

/** jest would take an exception that nothing catches for its own. */
beforeAll(() => {
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
});
beforeEach(() => {
  gateways = gatewaysForTest();
});
afterEach(async () => {
  upstream?.end();
  await gateways.end();
});
afterAll(() => {
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
});

/** @param answer longest wait for an answer to the handshake, where a test is about that */
async function behind(onRequest: (socket: Socket) => void, answer?: string): Promise<void> {
  upstream = await rawUpstream(onRequest);
  gateway = await gateways.start({
    monolith: upstream.url,
    ...(answer === undefined ? {} : { monolithLimits: { timeouts: { answer } } }),
    drain: { limit: '200ms' },
  });
}

describe('a client that asks for a WebSocket and is gone', () => {
  const moments: [string, (socket: Socket, client: () => Socket | undefined) => void][] = [
    [
      'before the upstream answers',
      (socket, client) => {
        client()?.resetAndDestroy();
        setTimeout(() => socket.write(accepted), 20);
      },
    ],
    [
      'while the upstream answers',
      (socket, client) => {
        socket.write(accepted.slice(0, 40));
        client()?.resetAndDestroy();
        setTimeout(() => socket.write(accepted.slice(40)), 5);
      },
    ],
    [
      'when the upstream has answered',
      (socket, client) => {
        socket.write(accepted);
        setTimeout(() => client()?.resetAndDestroy(), 5);
        setTimeout(() => socket.write(Buffer.alloc(200_000)), 10);
      },
    ],
    [
      'when the upstream has refused',
      (socket, client) => {
        socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\nno');
        setTimeout(() => client()?.resetAndDestroy(), 5);
        setTimeout(() => socket.write(Buffer.alloc(50_000)), 10);
      },
    ],
    [
      'while the upstream resets, too',
      (socket, client) => {
        socket.write(accepted);
        setTimeout(() => {
          client()?.resetAndDestroy();
          socket.resetAndDestroy();
        }, 5);
      },
    ],
    [
      'while the upstream talks nonsense',
      (socket, client) => {
        socket.write('HTTP/1.1 101 Switching\r\nnonsense\u0000\r\n\r\n');
        client()?.resetAndDestroy();
      },
    ],
    [
      'while the upstream closes without a word',
      (socket, client) => {
        socket.end();
        client()?.resetAndDestroy();
      },
    ],
  ];

  it.each(moments)('%s harms nobody, and leaves no connection', async (_when, act) => {
    let client: Socket | undefined;
    await behind((socket) => act(socket, () => client));
    for (let turn = 0; turn < 25; turn += 1) {
      client = await connectTo(gateway.url);
      client.write(handshake);
      await new Promise<void>((resolve) => client?.once('close', () => resolve()));
    }
    await eventually(() => expect(upstream.sockets.size).toBe(0));
    expect(unhandled).toEqual([]);
  });

  it('does not keep the upstream connection that never answers', async () => {
    await behind(() => undefined);
    const clients = await Promise.all(Array.from({ length: 20 }, () => connectTo(gateway.url)));
    for (const client of clients) client.write(handshake);
    await eventually(() => expect(upstream.sockets.size).toBe(20));
    for (const client of clients) client.destroy();
    await eventually(() => expect(upstream.sockets.size).toBe(0));
  });
});

describe('an upstream that does not answer a wish for a WebSocket', () => {
  it('has its time, then the client hears of it', async () => {
    await behind(() => undefined, '400ms');
    const client = await connectRaw(gateway.url);
    client.send(handshake);
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 504 /);
    await eventually(() => expect(upstream.sockets.size).toBe(0));
  });

  it('has no limit once it has answered', async () => {
    await behind((socket) => {
      socket.write(accepted);
      setTimeout(() => socket.end('late'), 2_600);
    }, '2s');
    const client = await connectRaw(gateway.url);
    client.send(handshake);
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 101 [^]*late$/);
  });
});

describe('a wish for another protocol', () => {
  let monolith: Upstream;
  const seen: { method: string; headers: Record<string, unknown>; body: string }[] = [];

  beforeEach(async () => {
    seen.length = 0;
    monolith = await startUpstream(async (incoming, response) => {
      let body = '';
      for await (const piece of incoming) body += String(piece);
      seen.push({ method: incoming.method ?? '', headers: incoming.headers, body });
      response.end('plain');
    });
    gateway = await gateways.start({ monolith: monolith.url });
  });
  afterEach(() => monolith.kill());

  const wish =
    'Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA\r\nUpgrade: h2c\r\n';

  // As the JDK's HttpClient asks by default.
  it.each([
    [
      'a GET that says it has no body',
      `GET /inventory HTTP/1.1\r\n${wish}Content-Length: 0\r\nHost: shop\r\n\r\n`,
      '',
    ],
    [
      'a POST with a body',
      `POST /inventory HTTP/1.1\r\n${wish}Content-Length: 5\r\nHost: shop\r\n\r\nhello`,
      'hello',
    ],
    [
      'a PUT with a chunked body',
      `PUT /inventory HTTP/1.1\r\n${wish}Transfer-Encoding: chunked\r\nHost: shop\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
      'hello',
    ],
    [
      'a WebSocket with a body, which is none',
      'POST /inventory HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\nHost: shop\r\n\r\nhello',
      'hello',
    ],
  ])('is ignored, and the request served, and the next one, too: %s', async (_what, bytes, body) => {
    const client = await connectRaw(gateway.url);
    client.send(bytes);
    await eventually(() => expect(client.received()).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*plain/));
    client.send(bytes.replace(/Connection: [^\r]*/, 'Connection: close').replace(/Upgrade: [^\r]*\r\n/, ''));
    await client.closed;
    expect(client.received().match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
    expect(seen.map((one) => one.body)).toEqual([body, body]);
    expect(seen[0]?.headers).not.toHaveProperty('upgrade');
    expect(seen[0]?.headers).not.toHaveProperty('http2-settings');
    expect((await ask(gateway.url)).status).toBe(200);
  });
});
