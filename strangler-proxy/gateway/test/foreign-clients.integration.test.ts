import { execFile, spawnSync } from 'node:child_process';
import { get } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket, WebSocketServer } from 'ws';
import { gatewaysForTest } from './support/gateways.js';
import { connectRaw } from './support/http-client.js';
import { eventually } from './support/eventually.js';
import { bodyOf, startUpstream, type Upstream } from './support/upstream.js';

const run = promisify(execFile);
const folder = join(import.meta.dirname, 'foreign-clients');
const gateways = gatewaysForTest();
let program: Upstream;
/** Takes every wish to upgrade, so that it is no measure for clients that wish for HTTP/2. */
let live: Upstream;
let sockets: WebSocketServer;
let url: string;
let narrowUrl: string;
let liveUrl: string;

/** How long a stream of events says nothing, in milliseconds: longer than any limit that is not about silence. */
const quiet = 3_000;

beforeAll(async () => {
  program = await startUpstream(async (incoming, response) => {
    const path = (incoming.url ?? '').split('?', 1)[0];
    response.setHeader('X-Own', 'program');
    if (path === '/chunks') {
      response.write('one, ');
      setTimeout(() => response.end('two'), 20);
    } else if (path === '/events') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      response.write('id: 1\ndata: first\n\n');
      setTimeout(() => response.end('id: 2\ndata: second\n\n'), quiet);
    } else response.end(`${incoming.method} ${incoming.url} [${await bodyOf(incoming)}]`);
  });
  live = await startUpstream((_request, response) => void response.end());
  sockets = new WebSocketServer({ server: live.server, handleProtocols: () => 'chat' });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, binary) => socket.send(data, { binary }));
    socket.on('ping', () => socket.send('pinged'));
  });
  url = (await gateways.start({ monolith: program.url })).url;
  // An open stream is no request on its way, and no idle connection.
  const narrow = { headersTime: '2s', requestTime: '2s', keepAlive: '2s' };
  narrowUrl = (await gateways.start({ monolith: program.url, limits: narrow })).url;
  liveUrl = (await gateways.start({ monolith: live.url, limits: narrow })).url;
});

afterAll(async () => {
  await gateways.end();
  sockets.close();
  await program.kill();
  await live.kill();
});

/** What a client does, straight at the program and through a gateway. */
async function both<Result>(
  act: (at: string) => Promise<Result>,
  through = url,
  at = program.url,
): Promise<Result> {
  const straight = await act(at);
  expect(await act(through)).toEqual(straight);
  return straight;
}

interface ForeignClient {
  name: string;
  /** How it is asked whether this machine has it. */
  question: [string, string];
  /** @returns what it gets from a program at an address */
  act: (at: string) => Promise<unknown>;
  gets: unknown;
}

async function outputOf(command: string, ...options: string[]): Promise<string> {
  return (await run(command, options)).stdout;
}

const large = 'x'.repeat(100_000);

const foreign: ForeignClient[] = [
  {
    name: 'curl, with a wish for HTTP/2',
    question: ['curl', '--version'],
    act: async (at) => [
      await outputOf('curl', '-sS', '--http2', `${at}/echo?a=1`),
      await outputOf('curl', '-sS', '--http2', '-d', 'hello', `${at}/echo`),
      await outputOf('curl', '-sS', '--http2', '-d', large, `${at}/echo`),
      await outputOf('curl', '-sS', '--http2', `${at}/echo`, `${at}/chunks`),
      await outputOf('curl', '-sS', '--http2', '-X', 'DELETE', `${at}/echo`),
    ],
    gets: [
      'GET /echo?a=1 []',
      'POST /echo [hello]',
      `POST /echo [${large}]`,
      'GET /echo []one, two',
      'DELETE /echo []',
    ],
  },
  {
    name: 'Python’s http.client',
    question: ['python3', '--version'],
    act: async (at) => {
      const { hostname, port } = new URL(at);
      return JSON.parse(await outputOf('python3', join(folder, 'client.py'), hostname, port)) as unknown;
    },
    gets: [
      [200, 'program', 'GET /echo?a=1 []'],
      [200, 'program', 'POST /echo [hello]'],
      [200, 'program', 'PUT /echo [in chunks]'],
      [200, 'program', ''],
      [200, 'program', 'DELETE /echo []'],
      [200, 'program', 'one, two'],
    ],
  },
  {
    name: 'the JDK’s HttpClient',
    // Java alone does not run sources.
    question: ['javac', '-version'],
    act: async (at) => (await outputOf('java', join(folder, 'Client.java'), at)).trim().split('\n'),
    gets: [
      '200 program GET /echo?a=1 []',
      '200 program POST /echo [hello]',
      '200 program PUT /echo [in chunks]',
      '200 program DELETE /echo []',
      '200 program one, two',
    ],
  },
];

const installed = foreign.filter(
  ({ question: [command, option] }) => spawnSync(command, [option]).status === 0,
);

describe('a client that knows nothing of the gateway works as straight at the program', () => {
  it('be it any that this machine has', async () => {
    for (const { name, act, gets } of installed) expect([name, await both(act)]).toEqual([name, gets]);
  });

  // Its bytes, for machines without it.
  it.each([
    ['a GET', 'GET /echo?a=1 HTTP/1.1', 'Content-Length: 0', '', 'GET /echo?a=1 []'],
    ['a POST', 'POST /echo HTTP/1.1', 'Content-Length: 5', 'hello', 'POST /echo [hello]'],
    [
      'a PUT in chunks',
      'PUT /echo HTTP/1.1',
      'Transfer-encoding: chunked',
      '5\r\nhello\r\n0\r\n\r\n',
      'PUT /echo [hello]',
    ],
  ])('the JDK’s HttpClient, byte by byte: %s', async (_what, line, framing, body, expected) => {
    const wish =
      'Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n';
    const answered = await both(async (at) => {
      const client = await connectRaw(at);
      client.send(
        `${line}\r\n${wish}${framing}\r\nHost: shop\r\nUser-Agent: Java-http-client/17.0.15\r\n\r\n${body}`,
      );
      await eventually(() => expect(client.received()).toContain(expected));
      client.socket.destroy();
      return client.received().split('\r\n', 1)[0];
    });
    expect(answered).toBe('HTTP/1.1 200 OK');
  });

  it('a WebSocket client', async () => {
    const talk = await both(
      async (at) => {
        const heard: string[] = [];
        const socket = new WebSocket(at.replace('http', 'ws') + '/live?a=1', ['chat', 'other'], {
          headers: { 'X-Own': 'client' },
        });
        socket.on('message', (data: Buffer, binary) =>
          heard.push(`${binary ? 'bytes' : 'text'} ${data.length}`),
        );
        socket.on('pong', () => heard.push('pong'));
        await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
        socket.send('hello');
        socket.send(Buffer.alloc(200_000, 1));
        socket.ping();
        await eventually(() => expect(heard).toHaveLength(4));
        // Longer than a request may take: an open WebSocket may be quiet.
        await new Promise((resolve) => setTimeout(resolve, quiet));
        socket.send('again');
        await eventually(() => expect(heard).toHaveLength(5));
        const closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
        socket.close(4_000, 'done');
        return { heard: heard.sort(), protocol: socket.protocol, code: await closed };
      },
      liveUrl,
      live.url,
    );
    expect(talk).toEqual({
      heard: ['bytes 200000', 'pong', 'text 5', 'text 5', 'text 6'],
      protocol: 'chat',
      code: 4_000,
    });
  });

  it('a client of server-sent events, also when they are quiet for long', async () => {
    const events = await both(
      (at) =>
        new Promise<{ type: string | undefined; pieces: string[] }>((resolve, reject) => {
          const asking = get(`${at}/events`, { headers: { Accept: 'text/event-stream' } }, (answer) => {
            const pieces: string[] = [];
            answer.on('data', (piece: Buffer) => pieces.push(piece.toString()));
            answer.on('end', () => resolve({ type: answer.headers['content-type'], pieces }));
            answer.on('error', reject);
          });
          asking.on('error', reject);
        }),
      narrowUrl,
    );
    expect(events).toEqual({
      type: 'text/event-stream',
      pieces: ['id: 1\ndata: first\n\n', 'id: 2\ndata: second\n\n'],
    });
  });
});
