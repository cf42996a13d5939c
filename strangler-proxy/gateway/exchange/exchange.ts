import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeldBackReason } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import type { AppError } from '#platform/errors/app-error.js';
import type { RequestView } from '../route/decide.js';
import { explainFailure, unavailable } from '../forward/explain-failure.js';
import type { Deadline, Expiring } from '../forward/deadlines.js';
import type { AnswerReceiver, Attempt, Failure, HeadVerdict, OutgoingRequest } from '../forward/forward.js';
import { failedBehind } from '../forward/forward-by-client.js';
import type { Lane } from '../forward/lane.js';
import { drainRest } from '../forward/request-body.js';
import type { TrackedWrite } from '../freshness/freshness.js';
import { type ClientConnection, release } from '../listener/in-turn.js';
import { LimitError } from '../limits/limit-error.js';
import type { PlacedWrite } from '../parking/placed-write.js';
import type { Endpoint } from '../routing/endpoint.js';
import { WaitForReturn } from '../parking/wait-for-return.js';
import { answerRefusal, tookTooLong } from './answer-refusal.js';
import { Answerer } from './answerer.js';
import { bytesKept, isRead, mayAskAnother, mayRepeat, mayRetry } from './ask-another.js';
import { type Answered, ClientAnswer } from './client-answer.js';
import type { ExchangeSurroundings } from './exchange-surroundings.js';
import { readRefusal, showsOwner } from './read-refusal.js';
import { clientGone, leavesOutcomeOpen, saysAway } from '../forward/what-failures-say.js';

/** One request and its answer, from the client's side: which upstream answers it, and what it gets if none does. */
export class Exchange implements AnswerReceiver, Answered, RequestView, Expiring {
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
  /** The side asked last. */
  side: Side = 'monolith';
  /** Whose answer the client gets. */
  readonly answerer: Answerer;
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
  /** An attempt was sent and not answered: it may have been carried out, or may still, whatever becomes of later ones. */
  private mayHaveHappened = false;
  /** The service has said that it can't answer, and the monolith may do so in its place. */
  private replaceable = false;
  /** How often another instance was asked. */
  private others = 0;
  /** Until when it may wait for whatever it is, by the steady clock: fixed when it first waits. */
  private waitsUntil: number | undefined;
  private readonly deadline: Deadline | undefined;
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
    this.answerer = new Answerer(from.startedAt, around.now);
    this.deadline = from.outgoing.timeouts?.request?.set(this);
  }

  private get title(): string {
    return this.around.titleOf(this.endpoint);
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
    this.answerer.asks(this.outgoing.body);
    this.attempt = this.around.forward(lane, this.outgoing, this);
  }

  informed(status: number, headers: readonly string[]): void {
    this.answer.inform(status, headers);
  }

  head(status: number, headers: readonly string[], phrase: string, resume: () => void): HeadVerdict {
    this.lane?.absence.ended();
    if (status === 421 && this.refusedByOther(headers)) return 'discard';
    if (status === 404 && this.askOwner()) return 'discard';
    this.replaceable = failedBehind(status) && this.mayFallBack();
    this.placed?.answered(this.side, showsOwner(status, headers, this.endpoint));
    this.status = status;
    this.answerer.is(this.side);
    const { answerLimit } = this.around;
    const kept = this.replaceable || this.write !== undefined ? answerLimit : undefined;
    this.answer.take({ status, headers, phrase, resume }, kept);
    return 'pass';
  }

  data(piece: Buffer): boolean {
    return this.answer.data(piece);
  }

  end(trailers: readonly string[]): void {
    this.answer.end(trailers);
  }

  /**
   * An answer that was kept back is here. To a write: what became of it is known, and told to others before the client. Of a service
   * that could not answer a read: the monolith does so instead, or else it is what the client gets.
   */
  known(body: Buffer | undefined): (callback: () => void) => void {
    if (this.replaceable && body) return (passOn) => this.fallBack(false, passOn);
    const write = this.write;
    this.write = undefined;
    if (leavesOutcomeOpen(this.status, this.endpoint, this.mayHaveHappened)) write?.unknown();
    else write?.answered(body, this.placed?.taker);
    return (callback) => (write ? write.whenAnnounced(callback) : callback());
  }

  addOwnHeaders(headers: string[]): void {
    headers.push('X-Request-Id', this.requestId, 'X-Served-By', this.side);
    if (this.around.draining()) headers.push('Connection', 'close');
  }

  failed(failure: Failure): void {
    this.mayHaveHappened ||= failure.sent;
    if (failure.sent) this.answerer.is(this.side);
    if (this.askAnother(failure)) return;
    const away = saysAway(failure, this.lane);
    if (failure.kind === 'unreachable') this.lane?.absence.noticed();
    if (!this.mayFallBack() && away && this.waitForReturn()) return;
    this.placed?.ended();
    this.endWrite(this.mayHaveHappened);
    this.answer.forget();
    if (this.answer.begun) {
      if (failure.setting !== undefined) this.around.limited(this, failure.setting);
      this.answer.cut();
      return this.finish();
    }
    if (this.mayFallBack() && failure.kind !== 'invalid' && failure.kind !== 'unfit')
      return this.fallBack(away, () => this.refuse(explainFailure(failure, this.title)));
    if (!this.retried && !this.lost && mayRetry(failure, this.outgoing, this.lane)) {
      this.retried = true;
      return this.send(this.side);
    }
    this.refuse(explainFailure(failure, this.title));
  }

  /** Answers with an error of the gateway's own; where an answer has begun, cuts that off. */
  refuse(error: AppError): void {
    if (this.over) return;
    this.giveUp();
    if (error instanceof LimitError) this.around.limited(this, error.setting);
    if (this.answer.begun) this.answer.cut();
    else if (!this.lost) {
      // What was kept back must not go out behind this.
      this.answer.drop();
      this.status = answerRefusal(this, error, this.around.draining());
    }
    this.finish();
  }

  /** All of it has taken as long as its endpoint allows. */
  expire(): void {
    this.refuse(tookTooLong(this.title, this.request.complete, this.outgoing));
  }

  /** The client's connection is gone, or its answer is through. */
  clientClosed(): void {
    if (this.over || this.lost) return;
    this.lost = true;
    this.answer.drop();
    this.stopWaiting?.();
    // A write that is whole may as well be carried out: then it is known what became of it.
    if (!this.write || !this.attempt || !this.request.complete) this.leave();
  }

  /** Nobody waits for the answer any more. */
  private leave(): void {
    this.giveUp();
    this.status = clientGone;
    this.finish();
  }

  /** Ends what is under way; of a write that was sent nobody knows then what became of it. */
  private giveUp(): void {
    this.endWrite(this.attempt !== undefined || this.mayHaveHappened);
    this.placed?.ended();
    this.waiting?.end();
    this.attempt?.abort();
  }

  private endWrite(mayHaveHappened: boolean): void {
    if (mayHaveHappened) this.write?.unknown();
    else this.write?.withdrawn();
    this.write = undefined;
  }

  /** The asked side does not own what the request is about, and has done nothing: it goes to the owner instead. */
  private refusedByOther(headers: readonly string[]): boolean {
    const said = readRefusal(headers);
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
    const bytes = bytesKept(this.outgoing);
    const absence = this.lane?.absence;
    if (!absence || bytes === undefined || this.lost || this.over) return false;
    // To whoever is the right one by then.
    const again = () => (this.placed && this.endpoint.owned ? this.placed.begin() : this.send(this.side));
    const giveUp = () => this.refuse(unavailable(this.title));
    this.waiting ??= new WaitForReturn(this.around.lot, this.endpoint.capability ?? '', bytes, again, giveUp);
    if (!this.waiting.wait(absence, this.mayWaitUntil(absence.worthWaitingUntil()))) return false;
    this.attempt = undefined;
    return true;
  }

  mayWaitUntil(limit: number): number {
    this.waitsUntil ??= limit;
    return Math.min(limit, this.waitsUntil);
  }

  private mayFallBack(): boolean {
    return this.side === 'service' && isRead(this) && !this.answer.begun;
  }

  /** The monolith answers instead, unless that could show the client something older than it wrote. */
  private fallBack(away: boolean, otherwise: () => void): void {
    this.attempt = undefined;
    this.replaceable = false;
    this.stopWaiting = this.around.whenFreshAtMonolith(this, (fresh) => {
      if (!fresh) return void ((away && this.waitForReturn()) || otherwise());
      this.fellBack = true;
      this.send('monolith');
    });
  }

  private askAnother(failure: Failure): boolean {
    if (this.answer.begun || this.lost || this.over) return false;
    if (!mayAskAnother(failure, this.outgoing, this.lane, this.others, mayRepeat(this))) return false;
    this.others += 1;
    this.answer.forget();
    this.send(this.side);
    return true;
  }

  finish(): void {
    if (this.over) return;
    this.over = true;
    if (this.deadline) this.deadline.what = null;
    // An upstream may answer before it has read all: the client's connection is good for the next request all the same.
    if (!this.request.complete && !this.lost) drainRest(this.request);
    this.around.finished(this);
    release(this.peer);
  }
}
