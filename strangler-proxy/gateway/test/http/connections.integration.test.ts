import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.js';
import { connectRaw } from '../support/http-client.js';
import { http, last, ok, smuggled, statusesIn, valuesOf, wireForTest } from './wire.js';

const wire = wireForTest({ denied: ['/metrics'], limits: { upload: '64 KiB' } });

const get = (path: string, ...headers: string[]) => http([`GET ${path} HTTP/1.1`, 'Host: x', ...headers]);
const post = (path: string, body: string, ...headers: string[]) =>
  http([`POST ${path} HTTP/1.1`, 'Host: x', `Content-Length: ${body.length}`, ...headers], body);

const chunkedPost = ['POST /c HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked'];

describe('a connection', () => {
  it('carries one request after the other', async () => {
    const client = await connectRaw(wire.url);
    for (let turn = 1; turn <= 5; turn += 1) {
      client.send(post('/a', 'hello'));
      await eventually(() => expect(statusesIn(client.received())).toHaveLength(turn));
    }
    client.socket.destroy();
    expect(wire.connections).toBe(1);
  });

  it('is closed behind the request that says so', async () => {
    expect(statusesIn(await wire.send(get('/a', 'Connection: close') + smuggled))).toEqual([200]);
    expect(statusesIn(await wire.send(get('/a', 'Connection: X-A, Close') + smuggled))).toEqual([200]);
    expect(wire.seen).toHaveLength(2);
  });

  it('of HTTP/1.0 is closed unless it asks to be kept', async () => {
    const received = await wire.send(http(['GET /a HTTP/1.0', 'Host: x']) + smuggled);
    expect(statusesIn(received)).toEqual([200]);
    expect(valuesOf(received, 'Connection')).toEqual(['close']);
    const kept = await wire.send(http(['GET /a HTTP/1.0', 'Host: x', 'Connection: keep-alive']) + last);
    expect(statusesIn(kept)).toEqual([200, 200]);
    expect(valuesOf(kept, 'Connection')).toEqual(['keep-alive']);
  });

  it('of the program that is to be closed is not used again, and its client’s is', async () => {
    wire.answer = () => ok.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    expect(statusesIn(await wire.send(get('/a') + last))).toEqual([200, 200]);
    expect(wire.connections).toBe(2);
  });

  it('that is idle for too long is closed without a word', async () => {
    const url = await wire.start({ limits: { keepAlive: '300ms' } });
    const client = await connectRaw(url);
    client.send(get('/a'));
    await client.closed;
    expect(statusesIn(client.received())).toEqual([200]);
  });

  it('whose client pauses in a request is closed, and nothing of it is carried out', async () => {
    const url = await wire.start({ limits: { headersTime: '300ms', requestTime: '400ms' } });
    for (const text of ['GET /a HTTP/1.1\r\nHost: x\r\nX-', post('/a', 'hello').slice(0, -1)]) {
      const client = await connectRaw(url);
      client.send(text);
      await client.closed;
      expect(client.received()).toMatch(/^HTTP\/1\.1 408 /);
    }
    expect(wire.seen).toEqual([]);
  });
});

describe('a pipeline', () => {
  it('is answered in the order of its requests, each carried out after the one before it', async () => {
    const open: string[] = [];
    wire.answer = (request, socket) => {
      const path = request.split(' ')[1] ?? '';
      open.push(path);
      const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`;
      // The first ones take longest.
      setTimeout(
        () => {
          expect(open).toEqual([path]);
          open.pop();
          socket.write(answer);
        },
        40 - 10 * Number(path.slice(1)),
      );
      return undefined;
    };
    const received = await wire.send(
      get('/1') + post('/2', 'hello') + get('/3') + get('/4', 'Connection: close'),
    );
    expect(received.match(/\r\n\r\n\/\d/g)).toEqual(['\r\n\r\n/1', '\r\n\r\n/2', '\r\n\r\n/3', '\r\n\r\n/4']);
  });

  it('goes on behind an answer of the gateway’s own', async () => {
    expect(statusesIn(await wire.send(get('/metrics') + get('/a') + get('/metrics') + last))).toEqual([
      404, 200, 404, 200,
    ]);
  });

  it('ends with what can’t be read, and answers what stands before that', async () => {
    expect(statusesIn(await wire.send(get('/a') + get('/b') + 'nonsense\r\n\r\n' + smuggled))).toEqual([
      200, 200, 400,
    ]);
  });
});

describe('what is no request behind others', () => {
  const whole = post('/a', 'hello') + post('/b', 'hello');
  const paths = () => wire.seen.map((request) => request.split(' ')[1]);

  it.each([
    [
      'in the middle of a request',
      http(['POST /c HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked'], '2\r\nhi\r\nx'),
      400,
    ],
    ['in a head', 'GET /c HTTP/1.1\r\nHost : x\r\n\r\n', 400],
    ['in a head that is too large', `GET /c HTTP/1.1\r\nX: ${'a'.repeat(20_000)}`, 431],
    ['in a wish for a tunnel', http(['CONNECT x:80 HTTP/1.1', 'Host: x']), 400],
    ['in a head that can be read', http(['GET /c HTTP/1.1', 'Host: a', 'Host: b']), 400],
  ])(
    'is answered when each of them has its answer, and they are carried out once: %s',
    async (_where, text, status) => {
      wire.answer = (_request, socket) => void setTimeout(() => socket.write(ok), 30);
      expect(statusesIn(await wire.send(whole + text + smuggled))).toEqual([200, 200, status]);
      expect(paths()).toEqual(['/a', '/b']);
    },
  );

  it('is not looked at where the last of them says that it is the last', async () => {
    const closing = post('/b', 'hello', 'Connection: close');
    for (const text of ['nonsense\r\n\r\n', http(['CONNECT x:80 HTTP/1.1', 'Host: x'])])
      expect(statusesIn(await wire.send(post('/a', 'hello') + closing + text))).toEqual([200, 200]);
  });
});

describe('what a client begins is counted once', () => {
  const handshake = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: a',
  ];

  it.each([
    ['what can’t be read', 'nonsense\r\n\r\n', 'unreadable_total'],
    ['a head that is too large', `GET / HTTP/1.1\r\nX: ${'a'.repeat(20_000)}`, 'unreadable_total'],
    ['a chunk that is none', http(chunkedPost, 'x\r\n'), 'unreadable_total'],
    ['two hosts', http(['GET / HTTP/1.1', 'Host: a', 'Host: b']), 'unreadable_total'],
    ['an expectation that is none', http(['GET / HTTP/1.1', 'Host: a', 'Expect: x']), 'unreadable_total'],
    ['a wish for a tunnel', http(['CONNECT x:80 HTTP/1.1', 'Host: x']), 'unreadable_total'],
    ['a WebSocket that is refused', get('/metrics', ...handshake), 'upgrades_total'],
    ['a request that is refused', get('/metrics', 'Connection: close'), 'requests_total'],
    ['a request', get('/a', 'Connection: close'), 'requests_total'],
  ])('be it %s', async (_what, text, metric) => {
    const before = await wire.counted(metric);
    await wire.send(text);
    await eventually(async () => expect(await wire.counted(metric)).toBe(before + 1));
  });
});

describe('a body that nobody reads', () => {
  it.each([
    ['to a path that is never passed on', '/metrics', smuggled, [404, 200]],
    ['that is larger than a socket takes at once', '/metrics', 'x'.repeat(60_000), [404, 200]],
    ['that looks like requests', '/metrics', smuggled.repeat(20), [404, 200]],
  ])('of a refused request is not the next request: %s', async (_what, path, body, statuses) => {
    expect(statusesIn(await wire.send(post(path, body) + last))).toEqual(statuses);
    expect(wire.seen.map((request) => request.slice(0, 9))).toEqual(['GET /last']);
  });

  it('in chunks is not the next request', async () => {
    const chunks = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
    const text = http(['POST /metrics HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked'], chunks);
    expect(statusesIn(await wire.send(text + last))).toEqual([404, 200]);
    expect(wire.seen.map((request) => request.slice(0, 9))).toEqual(['GET /last']);
  });

  it('of a request for a document of the gateway’s own is not the next request', async () => {
    const openapi = join(import.meta.dirname, '../../../shop/openapi.json');
    const client = await connectRaw(await wire.start({ documents: { openapi } }));
    client.send(post('/openapi.json', smuggled.repeat(20)).replace('POST', 'GET') + last);
    await client.closed;
    expect(statusesIn(client.received())).toEqual([200, 200]);
    expect(wire.seen.map((request) => request.slice(0, 9))).toEqual(['GET /last']);
  });

  it('that is too large is not the next request', async () => {
    const text = http(['POST /a HTTP/1.1', 'Host: x', 'Content-Length: 70000'], smuggled.repeat(2_000));
    const received = await wire.send(`${text.slice(0, 70_000 + text.indexOf('\r\n\r\n') + 4)}${last}`);
    expect(statusesIn(received)[0]).toBe(413);
    expect(wire.seen.filter((request) => request.startsWith('GET /smuggled'))).toEqual([]);
  });

  it('by a program that answers early is not its next request', async () => {
    // It answers by the head alone, and takes the body for whatever it likes.
    const lines: string[] = [];
    const early = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (piece: Buffer) => {
        for (const line of piece.toString('latin1').match(/^[A-Z]+ \/\S* HTTP\/1\.1/gm) ?? []) {
          lines.push(line);
          socket.write(ok);
        }
      });
    });
    await new Promise<void>((resolve) => early.listen(0, '127.0.0.1', resolve));
    const { port } = early.address() as AddressInfo;
    const url = await wire.start({ monolith: `http://127.0.0.1:${port}` });
    const client = await connectRaw(url);
    client.send(post('/a', smuggled) + get('/b') + get('/c', 'Connection: close'));
    await client.closed;
    // Its own reading is its own: but no other request gets the answer to it.
    expect(statusesIn(client.received())).toEqual([200, 200, 200]);
    expect(lines.filter((line) => line !== 'GET /smuggled HTTP/1.1')).toEqual([
      'POST /a HTTP/1.1',
      'GET /b HTTP/1.1',
      'GET /c HTTP/1.1',
    ]);
    early.close();
  });
});

describe('a wish for a WebSocket', () => {
  const wish = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: a',
  ];
  const accepted = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

  it('is passed on, with what names client and gateway', async () => {
    wire.answer = (_request, socket) => void setTimeout(() => socket.end(`${accepted}bye`), 5);
    expect(await wire.send(get('/live', ...wish))).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\nbye$/);
    const request = wire.seen[0] ?? '';
    expect(valuesOf(request, 'Upgrade')).toEqual(['websocket']);
    expect(valuesOf(request, 'Connection')).toEqual(['Upgrade']);
    expect(valuesOf(request, 'Via')).toEqual([expect.stringMatching(/^1\.1 strangler-/)]);
    expect(valuesOf(request, 'X-Forwarded-For')).toEqual(['127.0.0.1']);
  });

  it('that the program refuses opens nothing: what is behind it is not passed on', async () => {
    wire.answer = () => 'HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno';
    expect(statusesIn(await wire.send(get('/live', ...wish) + smuggled))).toEqual([426]);
    expect(wire.seen.map((request) => request.slice(0, 9))).toEqual(['GET /live']);
  });

  it('of a version that there isn’t opens nothing either', async () => {
    const wrong = wish.map((line) => line.replace('Version: 13', 'Version: 777'));
    wire.answer = (request) => (request.startsWith('GET /live') ? ok : undefined);
    expect(statusesIn(await wire.send(get('/live', ...wrong) + smuggled))).toEqual([200]);
    expect(wire.seen).toHaveLength(1);
  });

  it('behind other requests is passed on when each of them has its answer', async () => {
    wire.answer = (request, socket) => {
      if (!request.startsWith('GET /live')) return void setTimeout(() => socket.write(ok), 30);
      return void setTimeout(() => socket.end(`${accepted}bye`), 5);
    };
    const received = await wire.send(get('/a') + get('/b') + get('/live', ...wish));
    expect(statusesIn(received)).toEqual([200, 200, 101]);
    expect(received.endsWith('bye')).toBe(true);
  });

  it('behind the last request of its connection is none', async () => {
    expect(statusesIn(await wire.send(get('/a', 'Connection: close') + get('/live', ...wish)))).toEqual([
      200,
    ]);
    expect(wire.seen).toHaveLength(1);
  });

  it('to a path that is never passed on is refused', async () => {
    expect(statusesIn(await wire.send(get('/metrics', ...wish) + smuggled))).toEqual([404]);
    expect(statusesIn(await wire.send(get('/a#b', ...wish) + smuggled))).toEqual([400]);
    expect(wire.seen).toEqual([]);
  });

  it.each([
    ['of HTTP/1.0', http(['GET /a HTTP/1.0', 'Host: x', ...wish])],
    ['that Connection does not name', get('/a', ...wish.slice(1), 'Connection: close')],
    [
      'for HTTP/2',
      get('/a', 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'),
    ],
    ['for HTTP/2, among others', get('/a', 'Connection: Upgrade, close', 'Upgrade: websocket, h2c')],
    ['with a body', post('/a', 'hello', ...wish.slice(1), 'Connection: Upgrade, close')],
    [
      'by another method',
      http(['OPTIONS /a HTTP/1.1', 'Host: x', ...wish.slice(1), 'Connection: Upgrade, close']),
    ],
    ['for a protocol that nobody knows', get('/a', 'Connection: Upgrade, close', 'Upgrade: x/1')],
  ])('is ignored, and its request served: %s', async (_what, text) => {
    expect(statusesIn(await wire.send(text))).toEqual([200]);
    expect(wire.seen).toHaveLength(1);
    expect(wire.seen[0]).not.toMatch(/\r\n(Upgrade|HTTP2-Settings):/i);
  });
});

describe('a request that got no answer', () => {
  it.each(['POST', 'PATCH'])('is not sent again where that could carry it out twice: %s', async (method) => {
    wire.answer = (_request, socket) => void socket.destroy();
    const text = http(
      [`${method} /a HTTP/1.1`, 'Host: x', 'Content-Length: 5', 'Connection: close'],
      'hello',
    );
    expect(statusesIn(await wire.send(text))).toEqual([502]);
    expect(wire.seen).toHaveLength(1);
  });

  it('is sent again where that changes nothing', async () => {
    wire.answer = (_request, socket) => {
      if (wire.seen.length > 1) return ok;
      socket.destroy();
      return undefined;
    };
    expect(statusesIn(await wire.send(last))).toEqual([200]);
    expect(wire.seen).toHaveLength(2);
  });
});
