import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { RunningGateway } from '../running-gateway.js';
import { eventually } from './support/eventually.js';
import { type Gateways, gatewaysForTest } from './support/gateways.js';
import { ask, connectRaw } from './support/http-client.js';
import { type RawUpstream, rawUpstream } from './support/raw-upstream.js';
import { startUpstream } from './support/upstream.js';

let gateways: Gateways;
let gateway: RunningGateway;
let upstream: RawUpstream;

async function behind(onRequest: (socket: Socket) => void, limits = {}): Promise<void> {
  gateways = gatewaysForTest();
  upstream = await rawUpstream(onRequest);
  gateway = await gateways.start({ monolith: upstream.url, limits });
}

afterEach(async () => {
  upstream?.end();
  await gateways.end();
});

const refusal = 'HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nwho?';
const upload = Buffer.alloc(900_000, 'x');
const said = `POST /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: ${upload.length}\r\n\r\n`;
const unsaid = 'POST /upload HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('an upstream that answers before it has read the request', () => {
  const ways: [string, (socket: Socket) => void][] = [
    ['and reads the rest', (socket) => void socket.write(refusal)],
    ['and reads nothing more', (socket) => void socket.pause().write(refusal)],
    ['and closes the connection', (socket) => void socket.pause().end(refusal)],
    [
      'and says that it closes the connection',
      (socket) => void socket.end(refusal.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')),
    ],
    [
      'and resets the connection later',
      (socket) => {
        socket.pause().write(refusal);
        setTimeout(() => socket.resetAndDestroy(), 50);
      },
    ],
  ];

  it.each(ways)('is heard, and the client’s next request, too: %s', async (_what, answer) => {
    await behind(answer);
    for (const head of [said, `${unsaid}${upload.length.toString(16)}\r\n`]) {
      const client = await connectRaw(gateway.url);
      for (const before of [200_000, upload.length, 0, upload.length]) {
        const turns = client.received().match(/401 Unauthorized[^]*?who\?/g)?.length ?? 0;
        client.send(head);
        client.socket.write(upload.subarray(0, before));
        const heads = before > 0 ? turns + 1 : turns;
        await eventually(() => expect(client.received().match(/401 Un/g) ?? []).toHaveLength(heads));
        client.socket.write(upload.subarray(before));
        if (head !== said) client.send('\r\n0\r\n\r\n');
        await eventually(() => expect(client.received().match(/who\?/g)).toHaveLength(turns + 1));
      }
      client.socket.destroy();
    }
    // Breaker and instance have nothing to say against it.
    expect((await ask(gateway.url)).status).toBe(401);
  });

  it('may go on reading and answering at the same time', async () => {
    gateways = gatewaysForTest();
    const echo = await startUpstream((incoming, response) => {
      response.writeHead(200);
      incoming.pipe(response);
    });
    gateway = await gateways.start({ monolith: echo.url });
    const client = await connectRaw(gateway.url);
    client.send(`${unsaid}5\r\nfirst\r\n`);
    await eventually(() => expect(client.received()).toContain('first'));
    client.send('6\r\nsecond\r\n');
    await eventually(() => expect(client.received()).toContain('second'));
    client.send('0\r\n\r\n');
    await eventually(() => expect(client.received()).toMatch(/second\r\n0\r\n\r\n$/));
    client.socket.destroy();
    await echo.kill();
  });
});

/** Sends all before it reads anything, and gives back what it got: a reset takes with it what has not been read. */
async function sendAll(url: string, head: string, body: Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let received = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(head, 'latin1');
  await Promise.race([closed, new Promise((resolve) => socket.write(body, resolve))]);
  socket.setEncoding('latin1').on('data', (text: string) => (received += text));
  socket.resume();
  await closed;
  return received;
}

describe('a client whose body is refused', () => {
  const mebibyte = 1024 * 1024;
  const small = { upload: '1 MiB' };
  const closing = ['HTTP/1.1\r\nHost: shop\r\nConnection: close', 'HTTP/1.0'];

  it('can read why, however much it sends: 45 of 45', async () => {
    await behind(() => undefined, small);
    let answered = 0;
    for (let turn = 0; turn < 45; turn += 1) {
      const body = Buffer.alloc((1 + (turn % 10)) * mebibyte + 1, 'x');
      const head = `POST /upload ${closing[turn % 2]}\r\nContent-Length: ${body.length}\r\n\r\n`;
      const received = await sendAll(gateway.url, head, body);
      if (/^HTTP\/1.1 413 [^]*too_large/.test(received)) answered += 1;
    }
    expect(answered).toBe(45);
  });

  it.each([
    [
      'in chunks',
      'POST /a HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n400000\r\n',
      413,
    ],
    ['after an ill-formed head', 'POST /a#b HTTP/1.1\r\nHost: shop\r\nContent-Length: 9000000\r\n\r\n', 400],
    ['after what can’t be read', 'POST /a HTTP/1.1\r\nHost : shop\r\nContent-Length: 9000000\r\n\r\n', 400],
    ['after headers that are too large', `POST /a HTTP/1.1\r\nHost: shop\r\nX-A: ${'a'.repeat(99_999)}`, 431],
  ])('can read why: %s', async (_what, head, status) => {
    await behind(() => undefined, small);
    for (let turn = 0; turn < 10; turn += 1) {
      const received = await sendAll(gateway.url, head, Buffer.alloc(4 * mebibyte, 'x'));
      expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*"status":${status}`));
      expect(received.match(/HTTP\/1.1 \d/g)).toHaveLength(1);
    }
  });

  it('can read an upstream’s answer to a body that it has not read, before the connection is closed', async () => {
    await behind((socket) => void socket.pause().write(refusal));
    for (let turn = 0; turn < 10; turn += 1) {
      const head = `POST /upload ${closing[turn % 2]}\r\nContent-Length: ${upload.length}\r\n\r\n`;
      expect(await sendAll(gateway.url, head, upload)).toMatch(/^HTTP\/1.1 401 [^]*who\?$/);
    }
  });

  it('does not keep its connection by saying nothing', async () => {
    await behind((socket) => void socket.end(refusal));
    const { hostname, port } = new URL(gateway.url);
    const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    client.on('error', () => undefined);
    client.write('GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
    client.resume();
    await once(client, 'end');
    // It keeps its half open; a byte after the gateway has closed its own is answered by a reset.
    const closed = new Promise((resolve) => client.once('close', resolve));
    const writing = setInterval(() => client.write('x'), 3_000);
    await closed;
    clearInterval(writing);
    expect(client.destroyed).toBe(true);
  });
});

describe('a client that asks before it sends its body', () => {
  const asking = said.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n');

  it('is answered by the upstream: yes', async () => {
    await behind((socket) => {
      let read = 0;
      socket.write('HTTP/1.1 100 Continue\r\n\r\n');
      socket.on('data', (piece: Buffer) => {
        read += piece.length;
        if (read >= upload.length) socket.end('HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n');
      });
    });
    const client = await connectRaw(gateway.url);
    client.send(asking);
    await eventually(() => expect(client.received()).toBe('HTTP/1.1 100 Continue\r\n\r\n'));
    client.socket.write(upload);
    await eventually(() => expect(client.received()).toMatch(/100 Continue\r\n\r\nHTTP\/1.1 201 Created/));
    client.socket.destroy();
  });

  it('is answered by the upstream: no, and then the connection is closed', async () => {
    await behind((socket) => void socket.write(refusal));
    const client = await connectRaw(gateway.url);
    client.send(asking);
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1.1 401 [^]*connection: close[^]*who\?$/i);
  });

  it('is answered by the gateway where the body has to be read first', async () => {
    await behind((socket) => void socket.write(refusal));
    const client = await connectRaw(gateway.url);
    client.send(asking.replace(String(upload.length), '5'));
    await eventually(() => expect(client.received()).toBe('HTTP/1.1 100 Continue\r\n\r\n'));
    client.send('hello');
    await eventually(() => expect(client.received()).toContain('who?'));
    client.socket.destroy();
  });
});
