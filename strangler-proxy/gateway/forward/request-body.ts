import type { IncomingMessage } from 'node:http';
import { guarded } from '#platform/telemetry/guarded.js';
import type { BodySink, StreamedBody } from '../client/call.js';
import { passedTrailers } from './answer-headers.js';

/**
 * Reads a whole body. Neither is called once the client is gone.
 * @param tooLarge called with what has come so far, when that is more than `limit` bytes
 */
export function collectBody(
  request: IncomingMessage,
  limit: number,
  done: (body: Buffer) => void,
  tooLarge: (pieces: Buffer[]) => void,
): void {
  const pieces: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer) => {
    length += piece.length;
    pieces.push(piece);
    if (length <= limit) return;
    request.off('data', take).off('end', finish);
    tooLarge(pieces);
  };
  const finish = () => done(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, length));
  request.on('data', take).once('end', finish);
}

export interface PassedBody {
  request: IncomingMessage;
  /** Bytes; -1 where the client did not say. */
  length: number;
  /** The client waits for a sign before it sends the body. */
  awaitsSign: boolean;
  /** Bytes more than which end it. */
  limit: number;
  /** Called when more than `limit` bytes have come. */
  tooLarge: () => void;
  /** What has been read of it already. */
  begun: readonly Buffer[];
}

/** A body on its way through, at the upstream's pace: one piece after the other. The client's connection outlives it. */
export class BodyInPassing implements StreamedBody {
  readonly length: number;
  readonly awaitsSign: boolean;
  private readonly from: PassedBody;
  private readonly waiting: Buffer[];
  private sink: BodySink | undefined;
  private bytes = 0;
  /** A piece is with the sink. */
  private outstanding = false;
  private ended = false;

  constructor(from: PassedBody) {
    this.from = from;
    this.length = from.length;
    this.awaitsSign = from.awaitsSign;
    this.waiting = [...from.begun];
    this.bytes = lengthOf(from.begun);
    from.request.pause();
  }

  start(sink: BodySink): void {
    this.sink = sink;
    this.from.request.on('data', this.take).once('end', this.finish);
    this.resume();
  }

  resume(): void {
    this.outstanding = false;
    const next = this.waiting.shift();
    if (next) this.handOver(next);
    else if (this.ended) this.sink?.end(passedTrailers(this.from.request.rawTrailers));
    else if (this.sink) this.from.request.resume();
  }

  stop(): void {
    this.sink = undefined;
    this.from.request.off('data', this.take).off('end', this.finish);
  }

  private readonly take = guarded('passing a body on', (piece: Buffer) => {
    const { request, limit, tooLarge } = this.from;
    this.bytes += piece.length;
    if (this.bytes > limit) return tooLarge();
    request.pause();
    if (this.outstanding) this.waiting.push(piece);
    else this.handOver(piece);
  });

  /** Node tells of the end together with the last piece. */
  private readonly finish = guarded('passing a body on', () => {
    this.ended = true;
    if (!this.outstanding) this.resume();
  });

  private handOver(piece: Buffer): void {
    this.outstanding = true;
    this.sink?.piece(piece);
  }
}

/** Bytes of all pieces together. */
export function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

/** Most bytes, and most milliseconds, of an unwanted body that are read so that the client gets to see its answer. */
const lingerBytes = 64 * 1024 * 1024;
const lingerTime = 10_000;

/** Reads what is left of a request that was answered before its end, and gives up on a client that won't stop. */
export function drainRest(request: IncomingMessage): void {
  let length = 0;
  const cut = () => void request.socket.destroy();
  const timer = setTimeout(guarded('a lingering close', cut), lingerTime);
  timer.unref();
  request.on(
    'data',
    guarded('a lingering close', (piece: Buffer) => {
      length += piece.length;
      if (length > lingerBytes) cut();
    }),
  );
  for (const event of ['end', 'close']) request.once(event, () => clearTimeout(timer));
  request.resume();
}
