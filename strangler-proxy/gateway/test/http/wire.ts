import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { gatewaysForTest } from '../support/gateways.js';
import { ask, connectRaw } from '../support/http-client.js';

/** What a program behind the gateway answers; undefined where it writes by itself, or not at all. */
export type Answer = (request: string, socket: Socket) => string | undefined;

/** A gateway between raw sockets: a test decides, and sees, every byte on both sides. Text stands for bytes, as Latin-1. */
export interface Wire {
  url: string;
  /** Starts another gateway before the same program. @returns its address */
  start(config: Record<string, unknown>): Promise<string>;
  /** What the gateway has counted: the sum of a metric over its labels. */
  counted(metric: string): Promise<number>;
  /** Requests that have reached the program whole, as they came. */
  seen: string[];
  /** Connections of the gateway to the program that are open. */
  open: Set<Socket>;
  /** Connections to the program so far. */
  connections: number;
  answer: Answer;
  /** Sends pieces, one after the other, and gives back what came until the gateway closed the connection. */
  send(...pieces: string[]): Promise<string>;
  /** Sends bytes and breaks off. */
  breakOff(text: string): Promise<void>;
}

export const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Lines of a head, and what follows it. */
export function http(lines: readonly string[], body = ''): string {
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A request that must not be carried out: bytes that another reader could take for one. */
export const smuggled = http(['GET /smuggled HTTP/1.1', 'Host: x']);

/** The last request of a connection. */
export const last = http(['GET /last HTTP/1.1', 'Host: x', 'Connection: close']);

/** Statuses of all answers, interim ones too. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

/** Values of a header, in their order. */
export function valuesOf(head: string, name: string): string[] {
  const lines = head.split('\r\n\r\n', 1)[0]?.split('\r\n') ?? [];
  return lines
    .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    .map((line) => line.slice(name.length + 1).trim());
}

/** A wire for a suite, laid before its tests; what was seen and what is answered begin afresh with each. */
export function wireForTest(config: Record<string, unknown> = {}): Wire {
  const gateways = gatewaysForTest();
  let program = '';
  let adminUrl = '';
  const wire: Wire = {
    url: '',
    seen: [],
    open: new Set(),
    connections: 0,
    answer: () => ok,
    async counted(metric) {
      const { body } = await ask(`${adminUrl}/metrics`);
      const values = body.matchAll(new RegExp(`^strangler_gateway_${metric}(?:{[^}]*})? (\\d+)$`, 'gm'));
      return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
    },
    start: async (other) => (await gateways.start({ monolith: program, ...other })).url,
    async breakOff(text) {
      const connection = await connectRaw(wire.url);
      connection.send(text);
      connection.socket.end();
      await connection.closed;
    },
    async send(...pieces) {
      const connection = await connectRaw(wire.url);
      connection.socket.setNoDelay(true);
      for (const piece of pieces) {
        connection.send(piece);
        if (pieces.length > 1) await new Promise((resolve) => setTimeout(resolve, 15));
      }
      await connection.closed;
      return connection.received();
    },
  };
  const server = createServer((socket) => serve(wire, socket));
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    program = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const gateway = await gateways.start({ monolith: program, ...config });
    wire.url = gateway.url;
    adminUrl = gateway.adminUrl;
  });
  beforeEach(() => {
    wire.seen = [];
    wire.connections = wire.open.size;
    wire.answer = () => ok;
  });
  afterAll(async () => {
    await gateways.end();
    server.close();
    for (const socket of wire.open) socket.destroy();
  });
  return wire;
}

function serve(wire: Wire, socket: Socket): void {
  let text = '';
  wire.open.add(socket);
  wire.connections += 1;
  socket.on('close', () => wire.open.delete(socket));
  socket.on('error', () => undefined);
  socket.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
    for (let length = lengthOf(text); length !== undefined; length = lengthOf(text)) {
      const request = text.slice(0, length);
      text = text.slice(length);
      wire.seen.push(request);
      const answer = wire.answer(request, socket);
      if (answer !== undefined) socket.write(answer, 'latin1');
    }
  });
}

/** @returns how long the first request is, or undefined as long as it isn't whole */
function lengthOf(text: string): number | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end + 2);
  const from = end + 4;
  if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
    const whole = /^(?:[1-9a-f][0-9a-f]*\r\n[^]*?\r\n)*?0\r\n(?:[^\r\n]+\r\n)*\r\n/i.exec(text.slice(from));
    return whole ? from + whole[0].length : undefined;
  }
  const length = from + Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1] ?? 0);
  return text.length >= length ? length : undefined;
}
