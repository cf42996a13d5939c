import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { gatewaysForTest } from './support/gateways.js';
import { connectRaw } from './support/http-client.js';
import { bodyOf, startUpstream, type Upstream } from './support/upstream.js';

const gateways = gatewaysForTest();
let monolith: Upstream;
let url: string;
let seen: string[] = [];

beforeAll(async () => {
  monolith = await startUpstream(async (incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url} ${incoming.headers.host} [${await bodyOf(incoming)}]`);
    response.end('ok');
  });
  const gateway = await gateways.start({
    monolith: monolith.url,
    limits: { headers: '4 KiB', upload: '1 KiB' },
  });
  url = gateway.url;
});

afterAll(async () => {
  await gateways.end();
  await monolith.kill();
});

/** Sends bytes and gives back all that came until the connection was closed. */
async function exchange(text: string): Promise<string> {
  seen = [];
  const connection = await connectRaw(url);
  connection.send(text);
  await connection.closed;
  return connection.received();
}

const smuggled = 'GET /admin HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a request that two programs could read in two ways', () => {
  it.each([
    [
      'a length and a transfer encoding',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'the same the other way round',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n${smuggled}`,
    ],
    [
      'two lengths',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 33\r\n\r\n${smuggled}`,
    ],
    ['two lengths in one', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 33\r\n\r\n${smuggled}`],
    ['a signed length', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello`],
    [
      'a transfer encoding in disguise',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a transfer encoding before chunked',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'chunked twice',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a transfer encoding in HTTP/1.0',
      `POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      'a broken chunk size',
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nhi\r\n0\r\n\r\n`,
    ],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ...['[::1', 'a b', 'u@a', 'a/b', 'a, b', '<a>', 'a:65536', 'a:b', '[zz]'].map(
      (host): [string, string] => [`the host ${host}`, `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`],
    ),
    ...['/a#b', '//a@b/c#', '\\a', '/a\\b', 'http://[::1/', '/a\xa0'].map((target): [string, string] => [
      `the target ${target}`,
      `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`,
    ]),
    [
      'a target with a fragment, and a wish for a WebSocket',
      'GET /a#b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    ],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n two\r\n\r\n'],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello'],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n'],
    ['a zero byte in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n'],
    ['a target that is no path', 'GET admin HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a target with a user', 'GET http://user@x/ HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['another protocol', 'GET / HTCPCP/1.0\r\nHost: x\r\n\r\n'],
  ])('is refused and its connection closed: %s', async (_name, text) => {
    const answer = await exchange(text);
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer.match(/HTTP\/1.1 \d/g)).toHaveLength(1);
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(answer).toContain('"code":"invalid_request"');
    expect(seen).toEqual([]);
  });

  it.each([
    [
      'a transfer encoding before chunked',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['an encoding in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a target that is none', 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['an ill-formed host', 'GET / HTTP/1.1\r\nHost: [::1\r\n\r\n'],
    ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('takes nothing along that stands behind it: %s', async (_name, text) => {
    const answer = await exchange(text + smuggled + smuggled);
    expect(answer.match(/HTTP\/1.1 \d/g)).toHaveLength(1);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(seen).toEqual([]);
  });

  it.each([
    ['that says so', 'GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['of HTTP/1.0', 'GET /a HTTP/1.0\r\nHost: x\r\n\r\n'],
    ['with a body', 'POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi'],
  ])('is not what stands behind the last request of a connection, %s', async (_name, text) => {
    const answer = await exchange(text + smuggled);
    expect(answer.match(/HTTP\/1.1 \d/g)).toHaveLength(1);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toContain('/a');
  });

  it.each([
    ['a length that is one short', 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nhello', 'hell'],
    ['garbage', 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello\0\0\0', 'hello'],
    [
      'headers that are too large',
      `POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nX: ${'a'.repeat(5_000)}\r\n\r\n`,
      'hello',
    ],
  ])('does not cost the request before it its answer: %s', async (_name, text, body) => {
    const answer = await exchange(text);
    expect(answer).toMatch(/^HTTP\/1.1 200 OK[^]*ok[^]*HTTP\/1.1 4(00|31) /);
    expect(answer.match(/HTTP\/1.1 \d/g)).toHaveLength(2);
    expect(seen).toEqual([`POST /a x [${body}]`]);
  });

  it('is not made by a body that looks like a request', async () => {
    const close = smuggled.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    const answer = await exchange(
      `POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}${close}`,
    );
    expect(answer.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
    expect(seen).toEqual([`POST /a x [${smuggled}]`, 'GET /admin x []']);
  });

  it('is not made by upper case or blanks that every program reads alike', async () => {
    const answer = await exchange(
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: CHUNKED \r\nConnection: close\r\n\r\n2\r\nhi\r\n0\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 200 OK/);
    expect(seen).toEqual(['POST / x [hi]']);
  });

  it('names its host once, also when the target does', async () => {
    await exchange('GET http://shop.example/a?b HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n');
    expect(seen).toEqual(['GET /a?b shop.example []']);
  });
});

describe('limits', () => {
  it('refuse headers that are too large', async () => {
    const answer = await exchange(`GET / HTTP/1.1\r\nHost: x\r\nX-Large: ${'a'.repeat(5_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('application/problem+json');
  });

  it('end a connection that does not bring its headers in time', async () => {
    const impatient = await gateways.start({ monolith: monolith.url, limits: { headersTime: '500ms' } });
    const connection = await connectRaw(impatient.url);
    connection.send('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    await connection.closed;
    expect(connection.received()).toMatch(/^HTTP\/1.1 408 /);
  });

  it('refuse a body that is too large, said or not, and let the client read why', async () => {
    const large = 'x'.repeat(3_000);
    const said = await exchange(
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\nConnection: close\r\n\r\n${large}`,
    );
    expect(said).toMatch(/^HTTP\/1.1 413 /);
    expect(said).toContain('"code":"too_large"');
    const unsaid = await exchange(
      `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nbb8\r\n${large}\r\n0\r\n\r\n`,
    );
    expect(unsaid).toMatch(/^HTTP\/1.1 413 /);
    expect(seen).toEqual([]);
  });

  it('answer each request of a pipeline in its turn', async () => {
    const connection = await connectRaw(url);
    connection.send(
      'GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    );
    await connection.closed;
    await eventually(() => expect(connection.received().match(/HTTP\/1.1 200 OK/g)).toHaveLength(3));
  });
});
