import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningGateway } from '../running-gateway.js';
import { type Gateways, gatewaysForTest } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { type RawUpstream, rawUpstream } from './support/raw-upstream.js';
import { startUpstream } from './support/upstream.js';

let gateways: Gateways;
let gateway: RunningGateway;
let upstream: RawUpstream;
let answer: string;
let seen: string[];

/** Answers each whole request. */
beforeEach(async () => {
  gateways = gatewaysForTest();
  seen = [];
  upstream = await rawUpstream((socket, first) => {
    let request = '';
    const take = (piece: Buffer) => {
      request += piece.toString('latin1');
      if (!/\r\n\r\n(hi)?$/.test(request)) return;
      seen.push(request);
      request = '';
      socket.write(answer, 'latin1');
    };
    socket.on('data', take);
    take(first);
  });
  gateway = await gateways.start({ monolith: upstream.url });
});
afterEach(async () => {
  upstream.end();
  await gateways.end();
});

/** Sends two requests after each other on one connection, and gives back all that came. */
async function twice(method: string, version = '1.1'): Promise<string> {
  const client = await connectRaw(gateway.url);
  const keep = version === '1.0' ? 'Connection: keep-alive\r\n' : '';
  const body = method === 'POST' ? 'Content-Length: 2\r\n\r\nhi' : '\r\n';
  client.send(`${method} /a HTTP/${version}\r\nHost: x\r\n${keep}${body}`);
  client.send(`${method} /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${body}`);
  await client.closed;
  return client.received();
}

const bodiless: [string, string, string, RegExp][] = [
  [
    '304 with a length',
    'GET',
    'HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\nETag: "7"\r\n\r\n',
    /^HTTP\/1.1 304 [^]*ETag: "7"/,
  ],
  [
    '304 in chunks',
    'GET',
    'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n',
    /^HTTP\/1.1 304 /,
  ],
  ['304 without any', 'GET', 'HTTP/1.1 304 Not Modified\r\n\r\n', /^HTTP\/1.1 304 /],
  ['204 with a length', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', /^HTTP\/1.1 204 /],
  ['204 to a write', 'POST', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', /^HTTP\/1.1 204 /],
  [
    '200 to HEAD',
    'HEAD',
    'HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n',
    /^HTTP\/1.1 200 [^]*Content-Length: 1234/,
  ],
  [
    '404 to HEAD, in chunks',
    'HEAD',
    'HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n',
    /^HTTP\/1.1 404 /,
  ],
  ['200 with a length of nothing', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', /^HTTP\/1.1 200 /],
];

describe('an answer that has no body, whatever its head says', () => {
  it.each(bodiless)('is passed on, and the next one after it: %s', async (_what, method, text, expected) => {
    answer = text;
    const received = await twice(method);
    const answers = received.split(/(?=HTTP\/1.1 )/);
    expect(answers).toHaveLength(2);
    for (const one of answers) {
      expect(one).toMatch(expected);
      expect(one).toMatch(/\r\n\r\n$/);
      // RFC 9110, 8.6: 204 has no length.
      expect(one).not.toMatch(/^HTTP\/1.1 204 [^]*(content-length|transfer-encoding)/i);
    }
    // The upstream's connection has carried both.
    expect(upstream.sockets.size).toBe(1);
  });
});

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describe('interim answers', () => {
  it.each([
    ['100 that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 100 Continue\r\n\r\n'],
    [
      '103 with links',
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n',
    ],
    [
      '102',
      'HTTP/1.1 102 Processing\r\nX-Strangler-Secret: s\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\n',
      'HTTP/1.1 102 Processing\r\n\r\n',
    ],
    ['one that nobody knows', 'HTTP/1.1 199 \xff\r\nX-A: 1\r\n\r\n', 'HTTP/1.1 199 \r\nX-A: 1\r\n\r\n'],
    [
      'several',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n',
    ],
  ])('are passed on before the final one: %s', async (_what, interim, passed) => {
    answer = interim + ok;
    for (const method of ['GET', 'POST']) {
      const received = await twice(method);
      const [first, second, rest] = received.split(/(?<=\r\n\r\nok)/);
      for (const one of [first, second]) {
        expect(one?.startsWith(passed)).toBe(true);
        expect(one?.slice(passed.length)).toMatch(/^HTTP\/1.1 200 OK[^]*\r\n\r\nok$/);
      }
      expect(rest).toBeUndefined();
    }
  });

  it('are not for clients of HTTP/1.0', async () => {
    answer = `HTTP/1.1 100 Continue\r\n\r\n${ok}`;
    expect(await twice('GET', '1.0')).toMatch(
      /^HTTP\/1.1 200 OK[^]*HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/,
    );
  });

  it.each([
    ['a change of protocol that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['one after the other without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)],
  ])('end the exchange where they are none: %s', async (_what, interim) => {
    answer = interim + ok;
    expect((await ask(`${gateway.url}/a`).catch(() => ({ status: 502 }))).status).toBe(502);
    answer = ok;
    expect((await ask(`${gateway.url}/a`)).status).toBe(200);
  });
});

describe('a request', () => {
  it.each([1_000, 1_025, 2_100])('keeps all its %i header lines', async (lines) => {
    answer = ok;
    const roomy = await gateways.start({ monolith: upstream.url, limits: { headers: '64 KiB' } });
    const client = await connectRaw(roomy.url);
    const many = Array.from({ length: lines }, (_, index) => `X-${index}: ${index}\r\n`).join('');
    const text = `GET /a HTTP/1.1\r\nHost: x\r\n${many}X-Last: here\r\nConnection: close\r\n\r\n`;
    // In two pieces: Node hands over what comes in several in another way.
    client.send(text.slice(0, 3_000));
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.send(text.slice(3_000));
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 200 OK/);
    expect(seen[0]?.match(/^X-\d+: \d+$/gm)).toHaveLength(lines);
    expect(seen[0]).toContain('X-Last: here');
  });

  it('brings its trailers, those that only a head may have left out', async () => {
    const brought: { trailers: NodeJS.Dict<string>; body: string }[] = [];
    const program = await startUpstream(async (incoming, response) => {
      let body = '';
      for await (const piece of incoming) body += String(piece);
      brought.push({ trailers: incoming.trailers, body });
      response.end('ok');
    });
    const { url } = await gateways.start({
      monolith: program.url,
      endpoints: [{ endpoint: 'POST /kept', capability: 'stock', key: 'request.id' }],
      capabilities: { stock: {} },
    });
    for (const path of ['/streamed', '/kept']) {
      const client = await connectRaw(url);
      client.send(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: close\r\n\r\n` +
          'a\r\n{"id":"k"}\r\n0\r\nX-Sum: abc\r\nX-Strangler-Owner: service\r\nHost: evil\r\n\r\n',
      );
      await client.closed;
      expect(client.received()).toMatch(/^HTTP\/1.1 200 OK/);
    }
    const once = { trailers: { 'x-sum': 'abc' }, body: '{"id":"k"}' };
    expect(brought).toEqual([once, once]);
    await program.kill();
  });
});
