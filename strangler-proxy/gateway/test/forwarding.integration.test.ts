import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from './support/eventually.js';
import { gatewaysForTest } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { bodyOf, startUpstream, type Upstream } from './support/upstream.js';

const gateways = gatewaysForTest();
let monolith: Upstream;
let url: string;
let aborted = 0;
let written = 0;

beforeAll(async () => {
  monolith = await startUpstream(async (incoming, response) => {
    const { pathname } = new URL(incoming.url ?? '/', 'http://x');
    if (pathname === '/echo') {
      const body = await bodyOf(incoming);
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          method: incoming.method,
          url: incoming.url,
          headers: incoming.headers,
          raw: incoming.rawHeaders,
          body,
        }),
      );
    } else if (pathname === '/headers') {
      response.writeHead(418, 'Short and Stout', [
        ['Set-Cookie', 'a=1'],
        ['Set-Cookie', 'b=2'],
        ['X-Hop', '1'],
        ['Connection', 'keep-alive, X-Hop'],
        ['X-Strangler-Secret', 'key'],
        ['X-Served-By', 'nobody'],
        ['X-Request-Id', 'theirs'],
        ['X-Latin', 'caf\xe9'],
        ['ETag', '"7"'],
      ]);
      response.end('tea');
    } else if (pathname === '/trailers') {
      response.writeHead(200, { trailer: 'X-Checksum' });
      response.write('part one, ');
      response.addTrailers({ 'X-Checksum': 'abc' });
      response.end('part two');
    } else if (pathname === '/piecewise') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('first');
      incoming.once('close', () => (aborted += 1));
    } else if (pathname === '/silent') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    } else if (pathname === '/slowly') {
      response.writeHead(200, { 'content-length': '6' });
      response.write('one');
      setTimeout(() => response.end('two'), 50);
    } else if (pathname === '/endless') {
      const piece = Buffer.alloc(64 * 1024);
      const more = () => {
        while (!response.destroyed && response.write(piece)) written += piece.length;
        written += piece.length;
      };
      response.on('drain', more);
      more();
    } else if (pathname === '/half') {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setTimeout(() => incoming.socket.destroy(), 20);
    } else if (pathname === '/slurp') {
      let length = 0;
      incoming.on('data', (piece: Buffer) => (length += piece.length));
      incoming.on('end', () => response.end(String(length)));
      incoming.on('close', () => (aborted += incoming.complete ? 0 : 1));
    } else if (pathname === '/sip') {
      incoming.pause();
      incoming.on('close', () => undefined);
    } else response.writeHead(incoming.method === 'OPTIONS' ? 204 : 404, { 'content-length': '0' }).end();
  });
  const gateway = await gateways.start({ monolith: monolith.url });
  url = gateway.url;
});

afterAll(async () => {
  await gateways.end();
  await monolith.kill();
});

interface Echo {
  method: string;
  url: string;
  headers: Record<string, string>;
  raw: string[];
  body: string;
}

async function echo(path: string, options: Parameters<typeof ask>[1] = {}): Promise<Echo> {
  return JSON.parse((await ask(`${url}${path}`, options)).body) as Echo;
}

describe('a gateway with six lines of configuration, in front of any monolith', () => {
  it('passes on method, path, query, headers and body as they are', async () => {
    const seen = await echo('/echo?a=%20b&c', {
      method: 'PUT',
      headers: {
        'Content-Type': 'text/plain',
        'X-Case': 'Kept',
        traceparent: '00-1-2-01',
        Host: 'shop.example',
      },
      body: 'Grüße',
    });
    expect(seen).toMatchObject({ method: 'PUT', url: '/echo?a=%20b&c', body: 'Grüße' });
    expect(seen.headers).toMatchObject({
      'content-type': 'text/plain',
      traceparent: '00-1-2-01',
      host: 'shop.example',
    });
    expect(seen.raw).toContain('X-Case');
  });

  it.each(['GET', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'])('passes %s on', async (method) => {
    expect((await echo('/echo', { method })).method).toBe(method);
  });

  it('answers HEAD with the headers alone', async () => {
    const answer = await ask(`${url}/echo`, { method: 'HEAD' });
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.headers['content-type']).toBe('application/json');
  });

  it('gives back status, reason, headers and cookies, without those that are not for clients', async () => {
    const connection = await connectRaw(url);
    connection.send('GET /headers HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await connection.closed;
    const head = connection.received();
    expect(head).toMatch(/^HTTP\/1.1 418 Short and Stout\r\n/);
    expect(head).toMatch(/Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n/);
    expect(head).toContain('X-Latin: caf\xe9\r\n');
    expect(head).toContain('ETag: "7"\r\n');
    expect(head).toContain('X-Served-By: monolith\r\n');
    for (const gone of ['X-Hop', 'X-Strangler', 'nobody', 'theirs']) expect(head).not.toContain(gone);
    expect(head).toMatch(/\r\n\r\n.*tea/s);
  });

  it('gives every request an id, its own where that is valid', async () => {
    const own = await ask(`${url}/echo`, { headers: { 'X-Request-Id': 'order-7.a_B' } });
    expect(own.headers['x-request-id']).toBe('order-7.a_B');
    expect((JSON.parse(own.body) as Echo).headers['x-request-id']).toBe('order-7.a_B');
    const minted = await ask(`${url}/echo`, { headers: { 'X-Request-Id': 'not valid!' } });
    expect(minted.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    expect((JSON.parse(minted.body) as Echo).headers['x-request-id']).toBe(minted.headers['x-request-id']);
  });

  it('says who the client is, and takes nobody at their word', async () => {
    const seen = await echo('/echo', {
      headers: {
        Host: 'shop.example',
        'X-Forwarded-For': '6.6.6.6',
        'X-Forwarded-Proto': 'https',
        Forwarded: 'for=6.6.6.6',
        'X-Strangler-Owner': 'service',
        X_Strangler_Owner: 'service',
      },
    });
    expect(seen.headers).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example',
    });
    expect(Object.keys(seen.headers).filter((name) => /strangler|^forwarded/i.test(name))).toEqual([]);
  });

  it('streams bodies of unknown length up and down', async () => {
    const outgoing = request(`${url}/slurp`, {
      method: 'POST',
      headers: { 'transfer-encoding': 'chunked' },
      agent: false,
    });
    for (let n = 0; n < 9; n++) outgoing.write(Buffer.alloc(100_000));
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
    const [body] = (await once(incoming, 'data')) as [Buffer];
    expect(body.toString()).toBe('900000');
  });

  it('passes trailers on', async () => {
    const answer = await ask(`${url}/trailers`);
    expect(answer.body).toBe('part one, part two');
    expect(answer.trailers['x-checksum']).toBe('abc');
  });

  it('passes each piece on as it comes, and ends the upstream request when the client goes away', async () => {
    const before = aborted;
    const outgoing = request(`${url}/piecewise`, { agent: false }).end();
    const [incoming] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
    const [piece] = (await once(incoming, 'data')) as [Buffer];
    expect(piece.toString()).toBe('first');
    outgoing.destroy();
    await eventually(() => expect(aborted).toBe(before + 1));
  });

  it('passes the head of a stream on although nothing follows it', async () => {
    const outgoing = request(`${url}/silent`, { agent: false }).end();
    const [incoming] = (await once(outgoing, 'response')) as [{ statusCode: number }];
    expect(incoming.statusCode).toBe(200);
    outgoing.destroy();
  });

  it('puts an answer of known length together that comes in pieces', async () => {
    expect(await ask(`${url}/slowly`)).toMatchObject({ body: 'onetwo', headers: { 'content-length': '6' } });
  });

  it('ends the upstream request when the client goes away in the middle of its body', async () => {
    const before = aborted;
    const requests = monolith.requests();
    const outgoing = request(`${url}/slurp`, { method: 'POST', agent: false });
    outgoing.on('error', () => undefined);
    outgoing.write(Buffer.alloc(100_000));
    await eventually(() => expect(monolith.requests()).toBe(requests + 1));
    outgoing.destroy();
    await eventually(() => expect(aborted).toBe(before + 1));
  });

  it('breaks the connection when the upstream breaks off its answer, so that the client knows', async () => {
    await expect(ask(`${url}/half`)).rejects.toThrow(/aborted|hang up|reset/);
  });

  it('does not read from the upstream what a slow client does not take', async () => {
    written = 0;
    const connection = await connectRaw(url);
    connection.socket.pause();
    connection.send('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n');
    let before = -1;
    await eventually(async () => {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(written).toBe(before);
      expect(written).toBeGreaterThan(0);
    });
    // What the sockets of both hops hold; without back-pressure it would be gigabytes by now.
    expect(written).toBeLessThan(32 * 1024 * 1024);
    connection.socket.destroy();
  });

  it('does not read from the client what a slow upstream does not take', async () => {
    const gateway = await gateways.start({ monolith: monolith.url });
    const { hostname, port } = new URL(gateway.url);
    const connection = await connectRaw(`http://${hostname}:${port}`);
    connection.send('POST /sip HTTP/1.1\r\nHost: x\r\nContent-Length: 536870912\r\n\r\n');
    const piece = Buffer.alloc(1024 * 1024);
    let taken = 0;
    const push = () => {
      while (taken < 512 && connection.socket.write(piece)) taken += 1;
      taken += 1;
    };
    connection.socket.on('drain', push);
    push();
    await eventually(async () => {
      const before = taken;
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(taken).toBe(before);
    });
    expect(taken).toBeLessThan(64);
    connection.socket.destroy();
  });

  it('asks for a body only where it will be taken', async () => {
    const connection = await connectRaw(url);
    connection.send(
      'POST /slurp HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
    );
    await eventually(() => expect(connection.received()).toBe('HTTP/1.1 100 Continue\r\n\r\n'));
    connection.send('hello');
    await connection.closed;
    expect(connection.received()).toMatch(/100 Continue\r\n\r\nHTTP\/1.1 200 OK\r\n.*\r\n\r\n.*5/s);

    const strict = await gateways.start({ monolith: monolith.url, limits: { upload: '1 MiB' } });
    const refused = await connectRaw(strict.url);
    refused.send(
      'POST /slurp HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n',
    );
    await refused.closed;
    expect(refused.received()).toMatch(/^HTTP\/1.1 413 /);
  });

  it('keeps connections alive on both sides', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    let connections = 0;
    monolith.server.on('connection', () => (connections += 1));
    for (let n = 0; n < 20; n++) expect((await ask(`${url}/echo`, { agent })).status).toBe(200);
    expect(connections).toBeLessThanOrEqual(1);
    agent.destroy();
  });
});
