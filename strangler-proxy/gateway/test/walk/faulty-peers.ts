import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Fault, PlannedExchange } from './plan.js';

const garbage = Buffer.from('\0\xff\x16\x03\x01 HTTP/9.9 nonsense\r\r\n\n: \x7f', 'latin1');

/** Lets a connection fail. */
function fail(socket: Socket, fault: Fault): void {
  if (fault === 'reset') socket.resetAndDestroy();
  else if (fault === 'half-close') socket.end();
  else if (fault === 'garbage') socket.write(garbage);
  // Silence: neither a byte more, nor one more read.
  else socket.pause();
}

function failsAt(plan: PlannedExchange, by: PlannedExchange['by'], of: PlannedExchange['of']): boolean {
  return plan.fault !== 'none' && plan.by === by && plan.of === of;
}

/** An upstream that answers as planned, and notes which exchanges have reached it. */
export interface FaultyUpstream {
  url: string;
  seen: ReadonlySet<number>;
  open: ReadonlySet<Socket>;
  /** Lets the silent ones notice that their connection has been closed. */
  wake(): void;
  close(): void;
}

/** @param planOf what becomes of an exchange; undefined answers in good order */
export async function faultyUpstream(
  planOf: (id: number) => PlannedExchange | undefined,
): Promise<FaultyUpstream> {
  const open = new Set<Socket>();
  const seen = new Set<number>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => open.delete(socket));
    new UpstreamConnection(socket, planOf, seen);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    open,
    wake() {
      for (const socket of open) socket.resume();
    },
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** One connection of the gateway to the upstream: one request after the other. */
class UpstreamConnection {
  private request = '';
  private answered = false;
  private failed = false;
  private readonly socket: Socket;
  private readonly planOf: (id: number) => PlannedExchange | undefined;
  private readonly seen: Set<number>;

  constructor(socket: Socket, planOf: (id: number) => PlannedExchange | undefined, seen: Set<number>) {
    this.socket = socket;
    this.planOf = planOf;
    this.seen = seen;
    socket.on('data', (piece: Buffer) => this.take(piece.toString('latin1')));
  }

  private take(text: string): void {
    this.request += text;
    const path = /^\S+ \/walk\/(\d+)([^\s?]*)/.exec(this.request);
    const plan = path?.[2] === '' ? this.planOf(Number(path[1])) : undefined;
    if (this.failed) return;
    if (plan) this.seen.add(plan.id);
    if (plan && failsAt(plan, 'upstream', 'request') && this.request.length >= plan.at)
      return this.fail(plan);
    const ready = plan?.answer.early ? this.request.includes('\r\n\r\n') : isWhole(this.request);
    if (ready && !this.answered) this.answer(plan);
    if (isWhole(this.request) && !this.failed && !plan?.answer.upgrades) {
      this.request = '';
      this.answered = false;
    }
  }

  private answer(plan: PlannedExchange | undefined): void {
    this.answered = true;
    const text = plan?.answer.text ?? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
    if (plan && failsAt(plan, 'upstream', 'answer')) {
      this.socket.write(text.slice(0, plan.at), 'latin1');
      return this.fail(plan);
    }
    this.socket.write(text, 'latin1');
    if (plan?.answer.closes) this.socket.end();
  }

  private fail({ fault }: PlannedExchange): void {
    this.failed = true;
    // What stands before the fault is to arrive before it.
    setImmediate(() => fail(this.socket, fault));
  }
}

/** A request with a body of a known length, in chunks, or without any. */
function isWhole(request: string): boolean {
  const head = request.indexOf('\r\n\r\n');
  if (head === -1) return false;
  const body = request.length - head - 4;
  const length = /\r\ncontent-length: (\d+)/i.exec(request.slice(0, head + 2))?.[1];
  if (length !== undefined) return body >= Number(length);
  return (
    !/\r\ntransfer-encoding/i.test(request.slice(0, head + 2)) ||
    /\r\n0\r\n[^]*\r\n$/.test(request.slice(head))
  );
}

/** A client's part of an exchange. */
export interface FaultyClient {
  /** It has got what it can get: its connection is closed, or the answer whole. */
  over(): boolean;
  received(): string;
  leave(): void;
}

/** Sends a planned request, and takes the answer, as far as the plan lets it. */
export function faultyClient(url: string, plan: PlannedExchange): FaultyClient {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  const ofRequest = failsAt(plan, 'client', 'request');
  const ofAnswer = failsAt(plan, 'client', 'answer');
  const text = plan.request.text.replaceAll('PATH', `/walk/${plan.id}`);
  let received = '';
  let failed = false;
  const failNow = () => {
    if (failed) return;
    failed = true;
    setImmediate(() => fail(socket, plan.fault));
  };
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  socket.on('data', (piece: Buffer) => {
    const asked = received.includes(' 100 ');
    received += piece.toString('latin1');
    if (ofAnswer && received.length >= plan.at) failNow();
    if (plan.request.asksFirst && !asked && received.includes(' 100 ')) socket.write(plan.request.asksFirst);
  });
  socket.on('connect', () => {
    socket.write(ofRequest ? text.slice(0, plan.at) : text, 'latin1');
    if (ofRequest || (ofAnswer && plan.at === 0)) failNow();
  });
  return {
    over: () => socket.closed,
    received: () => received,
    leave: () => void socket.destroy(),
  };
}
