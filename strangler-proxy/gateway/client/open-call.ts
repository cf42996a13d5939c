import { type AnswerEvents, AnswerParser } from './answer-parser.js';
import type { AnswerHandler, Call, CallFailure, HttpRequest } from './call.js';
import type { AnswerHead } from './read-head.js';
import type { BodyOnItsWay } from './send-body.js';

/** What a call needs of the connection that it is on. */
export interface CallConnection {
  /** Pauses and resumes what the upstream sends. */
  pauseReading(): void;
  resumeReading(): void;
  close(cause: Error, kind?: CallFailure['kind']): void;
}

/** One request on a connection, from its first byte to the end of its answer. */
export class OpenCall implements Call, AnswerEvents {
  readonly request: HttpRequest;
  /** Of the request, as it is written. */
  readonly headText: string;
  readonly parser: AnswerParser;
  begun = false;
  /** Set while a streamed body is under way. */
  body: BodyOnItsWay | undefined;
  head: AnswerHead | undefined;
  private readonly connection: CallConnection;
  private readonly handler: AnswerHandler;
  private readonly now: () => number;
  private lastPieceAt = 0;
  private paused = false;
  private over = false;

  constructor(
    connection: CallConnection,
    request: HttpRequest,
    headText: string,
    handler: AnswerHandler,
    now: () => number,
  ) {
    this.connection = connection;
    this.request = request;
    this.headText = headText;
    this.handler = handler;
    this.now = now;
    this.parser = new AnswerParser(request.method === 'HEAD', this);
    this.body = undefined;
    this.head = undefined;
  }

  informed({ status, headers }: AnswerHead): void {
    this.handler.informed(status, headers);
  }

  headCame(head: AnswerHead): void {
    this.head = head;
    this.handler.head(head.status, head.headers, head.phrase);
  }

  data(piece: Buffer): void {
    if (this.handler.data(piece) || this.over) return;
    this.paused = true;
    this.connection.pauseReading();
  }

  resume(): void {
    if (!this.paused || this.over) return;
    this.paused = false;
    this.pieceCame();
    this.connection.resumeReading();
  }

  abort(): void {
    if (this.over) return;
    this.leave();
    this.connection.close(new Error('the request was given up'));
  }

  pieceCame(): void {
    this.lastPieceAt = this.now();
  }

  bodySent(): void {
    this.body = undefined;
    this.handler.bodySent();
  }

  /** @param limit milliseconds between two pieces of the answer's body */
  hasStopped(now: number, limit: number): boolean {
    return this.head !== undefined && !this.paused && now - this.lastPieceAt >= limit;
  }

  /** The answer is whole. The connection has let go of the call before. */
  end(): void {
    if (this.over) return;
    const { trailers } = this.parser;
    this.leave();
    this.handler.end(trailers);
  }

  failed(failure: CallFailure): void {
    if (this.over) return;
    this.leave();
    this.handler.failed(failure);
  }

  private leave(): void {
    this.over = true;
    this.parser.stop();
    this.body?.stop();
    if (this.paused) this.connection.resumeReading();
  }
}
