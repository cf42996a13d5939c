import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testServers } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import type { RunningGateway } from '../running-gateway.js';
import { gatewaysForTest } from './support/gateways.js';
import { createFlag, type TestFlag } from './support/unleash.js';

const gateways = gatewaysForTest();
const capability = `live-${randomBytes(4).toString('hex')}`;
const { unleashUrl, unleashClientToken } = testServers();
const ends: (() => void)[] = [];
let gateway: RunningGateway;
let flag: TestFlag;

/** A WebSocket server (RFC 6455) that answers each message with its own name. @returns its address */
async function webSocketServer(name: string): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => void response.writeHead(426).end());
  server.on('upgrade', (request, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', () => socket.write(Buffer.from([0x81, name.length, ...Buffer.from(name)])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface WebSocket {
  /** Who answers a message. */
  side(): Promise<string>;
  close(): void;
}

/** Opens one, and waits until its handshake is accepted. */
async function open(path: string): Promise<WebSocket> {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  ends.push(() => socket.destroy());
  let received = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => (received = Buffer.concat([received, bytes])));
  const key = randomBytes(16).toString('base64');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  await until('it is answered', () => received.includes('\r\n\r\n'));
  expect(received.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
  return {
    async side() {
      received = Buffer.alloc(0);
      // A masked text of two letters, as clients send it.
      socket.write(Buffer.from([0x81, 0x82, 1, 2, 3, 4, 0x68 ^ 1, 0x69 ^ 2]));
      await until(
        'a message is back',
        () => received.length > 1 && received.length >= 2 + (received[1] ?? 0),
      );
      return received.subarray(2).toString();
    },
    close: () => socket.destroy(),
  };
}

async function sideOfNew(path: string): Promise<string> {
  const one = await open(path);
  const side = await one.side();
  one.close();
  return side;
}

beforeAll(async () => {
  const [monolith, service] = [await webSocketServer('monolith'), await webSocketServer('service')];
  flag = await createFlag(`${capability}.follow`);
  gateway = await gateways.start({
    monolith,
    flags: { unleash: unleashUrl, token: unleashClientToken, refresh: '200ms' },
    capabilities: { [capability]: { service, consistency: 'none' } },
    endpoints: [
      { endpoint: 'GET /live/{topic}', capability, verb: 'follow' },
      { endpoint: 'GET /quiet', capability },
    ],
  });
});

afterAll(async () => {
  for (const end of ends) end();
  await gateways.end();
  await flag.remove();
});

describe('a WebSocket', () => {
  it('follows the flag of its endpoint when it is opened, and stays where it is when the flag changes', async () => {
    const before = await open('/live/prices?since=1');
    expect(await before.side()).toBe('monolith');
    await flag.rollOut(100);
    await until('new ones go to the service', async () => (await sideOfNew('/live/prices')) === 'service');
    const after = await open('/live/prices');
    expect([await before.side(), await after.side()]).toEqual(['monolith', 'service']);
    await flag.rollOut(0);
    await until('new ones go back', async () => (await sideOfNew('/live/prices')) === 'monolith');
    expect([await before.side(), await after.side()]).toEqual(['monolith', 'service']);
    await flag.rollOut(100);
    await until('new ones go over again', async () => (await sideOfNew('/live/prices')) === 'service');
  });

  it('goes to the monolith where no flag is its own', async () => {
    expect(await sideOfNew('/live')).toBe('monolith');
    expect(await sideOfNew('/quiet')).toBe('monolith');
    expect(await sideOfNew('/anything/else')).toBe('monolith');
  });
});
