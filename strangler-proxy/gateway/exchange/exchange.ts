import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeldBackReason } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import type { AppError } from '#platform/http/app-error.js';
import type { RequestView } from '../decide.js';
import { explainFailure } from '../forward/explain-failure.js';
import type { AnswerReceiver, Attempt, Failure, HeadVerdict, OutgoingRequest } from '../forward/forward.js';
import { failedBehind } from '../forward/forward-by-undici.js';
import type { Lane } from '../forward/lane.js';
import { drainRest } from '../forward/request-body.js';
import type { TrackedWrite } from '../freshness/freshness.js';
import { type ClientConnection, release } from '../listener/in-turn.js';
import { answerProblem } from '../listener/problem-answer.js';
import type { PlacedWrite } from '../parking/placed-write.js';
import type { Endpoint } from '../routing/endpoint.js';
import { WaitForReturn } from '../parking/wait-for-return.js';
import { isRead, mayAskAnother, onlyReads } from './ask-another.js';
import { type Answered, ClientAnswer } from './client-answer.js';
import type { ExchangeSurroundings } from './exchange-surroundings.js';
import { isReplayed, readRefusal } from './read-refusal.js';
import { leavesOutcomeOpen, saysAway } from './what-failures-say.js';

/** Status under which an exchange counts whose client went away before its answer; nginx's word for it. */
export const clientGone = 499;

/** One request and its answer, from the client's side: which upstream answers it, and what it gets if none does. */
export class Exchange implements AnswerReceiver, Answered, RequestView {
  readonly endpoint: Endpoint;
  readonly values: readonly string[];
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly peer: ClientConnection;
  readonly requestId: string;
  readonly outgoing: OutgoingRequest;
  /** Milliseconds, by the monotonic clock. */
  readonly startedAt: number;
  /** What the request is about, as soon as that is known. */
  key: string | undefined;
  /** The side asked last: the one that answers. */
  side: Side = 'monolith';
  status = 0;
  fellBack = false;
  heldBack: HeldBackReason | undefined;
  /** Set for a write whose keys other gateways must know of. */
  write: TrackedWrite | undefined;
  /** Set for a write that goes to the owner of its key, or was refused by a side that is not. */
  placed: PlacedWrite | undefined;
  /** Takes back what a read waits for before it is sent. */
  stopWaiting: (() => void) | undefined;
  private readonly around: ExchangeSurroundings<Exchange>;
  private readonly answer: ClientAnswer;
  private attempt: Attempt | undefined;
  private lane: Lane | undefined;
  private waiting: WaitForReturn | undefined;
  private retried = false;
  /** How often another instance was asked. */
  private others = 0;
  private lost = false;
  private over = false;

  constructor(
    around: ExchangeSurroundings<Exchange>,
    from: Pick<
      Exchange,
      'endpoint' | 'values' | 'key' | 'request' | 'response' | 'peer' | 'requestId' | 'outgoing' | 'startedAt'
    >,
  ) {
    this.around = around;
    this.endpoint = from.endpoint;
    this.values = from.values;
    this.key = from.key;
    this.request = from.request;
    this.response = from.response;
    this.peer = from.peer;
    this.requestId = from.requestId;
    this.outgoing = from.outgoing;
    this.startedAt = from.startedAt;
    this.answer = new ClientAnswer(from.response, this);
  }

  get remoteAddress(): string {
    return this.peer.address;
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** Sends the request to a side; to the monolith where that side isn't there. */
  send(side: Side): void {
    if (this.over) return;
    const lane = this.around.laneOf(this.endpoint, side);
    if (!lane)
      return side === 'service' ? this.send('monolith') : this.failed({ kind: 'unreachable', sent: false });
    this.side = side;
    this.lane = lane;
    this.attempt = this.around.forward(lane, this.outgoing, this);
  }

  head(status: number, rawHeaders: readonly Buffer[], statusText: string, resume: () => void): HeadVerdict {
    if (status === 421 && this.refusedByOther(rawHeaders)) return 'discard';
    if (status === 404 && this.askOwner()) return 'discard';
    if (failedBehind(status) && this.mayFallBack()) {
      this.fallBack();
      return 'discard';
    }
    if (status === 503 && this.mayRepeat() && this.waitForReturn()) return 'discard';
    if (status < 500) this.lane?.absence.ended();
    this.placed?.answered(this.side, this.showsOwner(status, rawHeaders));
    this.status = status;
    if (this.write) this.answer.keep({ status, rawHeaders, statusText, resume }, this.around.answerLimit);
    else this.answer.pass(status, rawHeaders, statusText, resume);
    return 'pass';
  }

  data(chunk: Buffer): boolean {
    return this.answer.data(chunk);
  }

  end(rawTrailers: readonly Buffer[]): void {
    this.answer.end(rawTrailers);
  }

  /** The answer to a write is here: what became of it is known, and told to others before the client. */
  known(body: Buffer | undefined): (callback: () => void) => void {
    const write = this.write;
    this.write = undefined;
    if (leavesOutcomeOpen(this.status, this.endpoint)) write?.unknown();
    else write?.answered(body, this.placed?.taker);
    return (callback) => (write ? write.whenAnnounced(callback) : callback());
  }

  passed(): void {
    this.finish();
  }

  addOwnHeaders(headers: string[]): void {
    headers.push('X-Request-Id', this.requestId, 'X-Served-By', this.side);
    if (this.around.draining()) headers.push('Connection', 'close');
  }

  failed(failure: Failure): void {
    if (this.askAnother(failure)) return;
    if (!this.mayFallBack() && saysAway(failure, this.lane) && this.waitForReturn()) return;
    this.placed?.ended();
    if (!failure.sent) this.write?.withdrawn();
    else this.write?.unknown();
    this.write = undefined;
    this.answer.forget();
    if (this.answer.begun) return this.cut();
    if (this.mayFallBack() && failure.kind !== 'invalid')
      return this.fallBack(explainFailure(failure, this.around.titleOf(this.endpoint)));
    if (this.mayRetry(failure)) {
      this.retried = true;
      return this.send(this.side);
    }
    this.refuse(explainFailure(failure, this.around.titleOf(this.endpoint)));
  }

  /** Answers with an error of the gateway's own. */
  refuse(error: AppError): void {
    if (this.over) return;
    this.giveUp();
    if (!this.lost && !this.answer.begun) {
      const closing = this.around.draining() ? ['Connection', 'close'] : [];
      answerProblem(this.response, error, this.request.url ?? '/', [
        'X-Request-Id',
        this.requestId,
        ...closing,
      ]);
      this.status = this.response.statusCode;
      if (!this.request.complete) drainRest(this.request);
    }
    this.finish();
  }

  /** The client's connection is gone, or its answer is through. */
  clientClosed(): void {
    if (this.over || this.lost) return;
    this.lost = true;
    this.answer.drop();
    this.stopWaiting?.();
    // A write that is whole may as well be carried out: then it is known what became of it.
    if (this.write && this.attempt && this.request.complete) return;
    this.leave();
  }

  /** Nobody waits for the answer any more. */
  private leave(): void {
    this.giveUp();
    this.status = clientGone;
    this.finish();
  }

  /** Ends what is under way; of a write that was sent nobody knows then what became of it. */
  private giveUp(): void {
    if (this.attempt) this.write?.unknown();
    else this.write?.withdrawn();
    this.write = undefined;
    this.placed?.ended();
    this.waiting?.end();
    this.attempt?.abort();
  }

  /** Only the owner of the request's key can have answered so. */
  private showsOwner(status: number, rawHeaders: readonly Buffer[]): boolean {
    return status >= 200 && status < 300 && !this.endpoint.keyInAnswer && !isReplayed(rawHeaders);
  }

  /** The asked side does not own what the request is about, and has done nothing: it goes to the owner instead. */
  private refusedByOther(rawHeaders: readonly Buffer[]): boolean {
    const said = readRefusal(rawHeaders);
    if (!said) return false;
    this.attempt = undefined;
    if (this.lost) this.leave();
    else (this.placed ??= this.around.place(this)).refused(this.side, said);
    return true;
  }

  /** A replica may not have got yet what a program has created: that there is no such thing is for the owner to say. */
  private askOwner(): boolean {
    if (!isRead(this) || this.heldBack === 'absent') return false;
    const owner = this.around.ownerElsewhere(this, this.side);
    if (!owner) return false;
    this.heldBack = 'absent';
    this.send(owner);
    return true;
  }

  /**
   * What went away a moment ago is as a rule restarted: the request waits for that, and is sent again.
   * @returns false where that makes no sense
   */
  private waitForReturn(): boolean {
    const { body } = this.outgoing;
    const bytes = body === null ? 0 : Buffer.isBuffer(body) ? body.length : undefined;
    const absence = this.lane?.absence;
    if (!absence || bytes === undefined || this.lost || this.over) return false;
    absence.noticed();
    this.waiting ??= new WaitForReturn(
      this.around.lot,
      this.endpoint.capability ?? '',
      bytes,
      () => this.sendAgain(),
      () => this.refuse(this.unavailable()),
    );
    if (!this.waiting.wait(absence.worthWaitingUntil())) return false;
    this.attempt = undefined;
    return true;
  }

  /** To whoever is the right one by now. */
  private sendAgain(): void {
    if (this.placed && this.endpoint.owned) this.placed.begin();
    else this.send(this.side);
  }

  /** What only reads, or has a key, may be sent twice, and what could not be carried out just now is worth it. */
  private mayRepeat(): boolean {
    return onlyReads(this.outgoing) || this.header('idempotency-key') !== undefined;
  }

  private mayFallBack(): boolean {
    return this.side === 'service' && isRead(this) && !this.answer.begun;
  }

  /** The monolith answers instead, unless that could show the client something older than it wrote. */
  private fallBack(otherwise = this.unavailable()): void {
    this.attempt = undefined;
    this.stopWaiting = this.around.whenFreshAtMonolith(this, (fresh) => {
      if (!fresh) return void (this.waitForReturn() || this.refuse(otherwise));
      this.fellBack = true;
      this.send('monolith');
    });
  }

  private unavailable(): AppError {
    return explainFailure({ kind: 'unreachable', sent: false }, this.around.titleOf(this.endpoint));
  }

  /** A kept-alive connection may be closed by the upstream just as we use it: what only reads is asked again, once. */
  private mayRetry({ kind }: Failure): boolean {
    return kind === 'broken' && onlyReads(this.outgoing) && !this.retried && !this.lost;
  }

  private askAnother(failure: Failure): boolean {
    if (this.answer.begun || this.lost || this.over) return false;
    if (!mayAskAnother(failure, this.outgoing, this.lane, this.others, this.mayRepeat())) return false;
    this.others += 1;
    this.answer.forget();
    this.send(this.side);
    return true;
  }

  private cut(): void {
    this.answer.cut();
    this.finish();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.around.finished(this);
    release(this.peer);
  }
}
