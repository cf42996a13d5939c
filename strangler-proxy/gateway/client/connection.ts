import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { guarded, noteCaught } from '#platform/telemetry/guarded.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { type AnswerHandler, type Call, type CallFailure, type HttpRequest, isStreamed } from './call.js';
import { type CallConnection, OpenCall } from './open-call.js';
import { MalformedAnswer } from './read-head.js';
import { BodyOnItsWay, writeWhole } from './send-body.js';

/** Where an upstream listens. */
export interface Address {
  secure: boolean;
  host: string;
  port: number;
  /** As a request's Host names it. */
  authority: string;
}

/** The pool that a connection belongs to. */
export interface ConnectionOwner {
  /** It may carry the next request. @param idleSeconds how long the upstream keeps it; undefined where it doesn't say */
  idle(connection: Connection, idleSeconds: number | undefined): void;
  closed(connection: Connection): void;
}

export interface ConnectionLimits {
  /** Milliseconds to connect. */
  connect: number;
  /** Milliseconds between two pieces of an answer's body. */
  idle: number;
  /** The shortest such time that a request brings with it, if any does. */
  shortestIdle?: number | undefined;
}

/**
 * What all connections read into: a read and its handling are over before the next one begins, and each piece that outlives them
 * is copied by its handler. Buffers of their own would cost more than the parsing.
 */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);

/** How often, in milliseconds, the system asks a silent peer whether it is still there. */
const probeAfter = 60_000;

/** One connection to an upstream, with one request at a time on it. */
export class Connection implements CallConnection {
  /** Milliseconds by the steady clock, for its owner: when an idle one is closed. */
  idleUntil = 0;
  private readonly owner: ConnectionOwner;
  private readonly limits: ConnectionLimits;
  private readonly now: () => number;
  private readonly socket: Socket;
  private readonly connecting: NodeJS.Timeout;
  private connected = false;
  private call: OpenCall | undefined;
  private gone = false;

  constructor(address: Address, limits: ConnectionLimits, now: () => number, owner: ConnectionOwner) {
    this.owner = owner;
    this.limits = limits;
    this.now = now;
    this.connecting = setTimeout(
      guarded('waiting for a connection', () =>
        this.close(new Error(`no connection within ${limits.connect} ms`)),
      ),
      limits.connect,
    );
    this.socket = this.open(address);
  }

  private open({ secure, host, port }: Address): Socket {
    const read = guarded('reading an answer', (bytes: number) => this.read(readBuffer.subarray(0, bytes)));
    const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: probeAfter };
    const socket: Socket = secure
      ? connectSecure({
          ...options,
          ALPNProtocols: ['http/1.1'],
          ...(isIP(host) ? {} : { servername: host }),
        })
      : connectPlain({ ...options, onread: { buffer: readBuffer, callback: asReader(read) } });
    if (secure)
      socket.on(
        'data',
        guarded('reading an answer', (piece: Buffer) => this.read(piece)),
      );
    socket.once(
      secure ? 'secureConnect' : 'connect',
      guarded('a new connection', () => this.ready()),
    );
    socket.on(
      'drain',
      guarded('passing a body on', () => this.call?.body?.drained()),
    );
    socket.on(
      'end',
      guarded('the end of a connection', () => this.ended()),
    );
    socket.on(
      'error',
      guarded('an error of a connection', (error: Error) => this.close(error)),
    );
    socket.on(
      'close',
      guarded('the end of a connection', () => this.close(new Error('the connection was closed'))),
    );
    return socket;
  }

  /**
   * Sends a request; the connection must be idle, or new.
   * @param headText as `writeHead` makes it
   */
  send(request: HttpRequest, headText: string, handler: AnswerHandler): Call {
    const call = new OpenCall(this, request, headText, handler, this.now);
    this.call = call;
    if (this.connected) this.write(call);
    return call;
  }

  pauseReading(): void {
    this.socket.pause();
  }

  resumeReading(): void {
    if (!this.gone) this.socket.resume();
  }

  /** Ends the request on it, if an answer has stopped in the middle for too long. */
  checkTime(now: number): void {
    if (this.call?.hasStopped(now, this.call.request.idle ?? this.limits.idle))
      this.close(new Error('the answer stopped in the middle'), 'late');
  }

  /** Closes the connection at once; a request on it fails. */
  close(cause: Error, kind: CallFailure['kind'] = this.connected ? 'broken' : 'unreachable'): void {
    if (this.gone) return;
    this.gone = true;
    clearTimeout(this.connecting);
    this.socket.destroy();
    this.owner.closed(this);
    const { call } = this;
    this.call = undefined;
    call?.failed({ kind, sent: this.connected, cause });
  }

  private ready(): void {
    clearTimeout(this.connecting);
    this.connected = true;
    if (this.call && !this.gone) this.write(this.call);
  }

  private write(call: OpenCall): void {
    const { body, trailers } = call.request;
    call.begun = true;
    if (!isStreamed(body)) return writeWhole(this.socket, call.headText, body, trailers);
    call.body = new BodyOnItsWay(this.socket, call.headText, body, (whole) => {
      if (whole) call.bodySent();
      else this.close(new Error('the body has not the length that its request says'));
    });
    call.body.begin();
  }

  private read(piece: Buffer): void {
    const { call } = this;
    // An upstream that speaks without being asked, or on after its answer, is not to be trusted with another request.
    if (!call) return this.close(new Error('the upstream sent more than was asked for'));
    try {
      const taken = call.parser.read(piece);
      if (call.parser.whole) this.complete(call, taken === piece.length);
      else if (call.head) call.pieceCame();
    } catch (error) {
      this.unfit(error);
    }
  }

  private ended(): void {
    const { call } = this;
    if (call?.parser.ended()) this.complete(call, false);
    else this.close(new Error('the upstream closed the connection'));
  }

  /** Never silence: whatever goes wrong with an answer ends its request. */
  private unfit(error: unknown): void {
    if (!(error instanceof MalformedAnswer)) noteCaught('reading an answer', error);
    this.close(error instanceof Error ? error : new Error(messageOf(error)), 'unfit');
  }

  /** @param clean nothing stands behind the answer */
  private complete(call: OpenCall, clean: boolean): void {
    const { head, body } = call;
    this.call = undefined;
    if (clean && head?.keepAlive === true && !body && this.socket.writableLength === 0)
      this.owner.idle(this, head.idleSeconds);
    else this.close(new Error('the connection is not used again'));
    call.end();
  }
}

/** Pauses are asked for by `pause`, not by what the callback returns. */
function asReader(read: (bytes: number) => void): (bytes: number) => boolean {
  return (bytes) => {
    read(bytes);
    return true;
  };
}
