import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HeldBackReason } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import type { AppError } from '#platform/http/app-error.js';
import type { RequestView } from './decide.js';
import { explainFailure } from './forward/explain-failure.js';
import { answerHeaders, answerTrailers } from './forward/answer-headers.js';
import type {
  AnswerReceiver,
  Attempt,
  Failure,
  Forward,
  HeadVerdict,
  OutgoingRequest,
} from './forward/forward.js';
import { failedBehind } from './forward/forward-by-undici.js';
import type { Lane } from './forward/lane.js';
import { drainRest } from './forward/request-body.js';
import type { TrackedWrite } from './freshness/freshness.js';
import { type ClientConnection, release } from './listener/in-turn.js';
import { answerProblem } from './listener/problem-answer.js';
import type { Endpoint } from './routing/endpoint.js';

/** What every exchange of a gateway shares. */
export interface ExchangeSurroundings {
  forward: Forward;
  laneOf(endpoint: Endpoint, side: Side): Lane | undefined;
  /** As clients read it in "... service is unavailable". */
  titleOf(endpoint: Endpoint): string;
  /** Largest answer that is kept back to be read before it is passed on, in bytes. */
  answerLimit: number;
  draining(): boolean;
  finished(exchange: Exchange): void;
}

/** Status under which an exchange counts whose client went away before its answer; nginx's word for it. */
export const clientGone = 499;

/** One request and its answer, from the client's side: which upstream answers it, and what it gets if none does. */
export class Exchange implements AnswerReceiver, RequestView {
  readonly endpoint: Endpoint;
  readonly values: readonly string[];
  readonly key: string | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly peer: ClientConnection;
  readonly requestId: string;
  readonly outgoing: OutgoingRequest;
  /** Milliseconds, by the monotonic clock. */
  readonly startedAt: number;
  /** The side asked last: the one that answers. */
  side: Side = 'monolith';
  status = 0;
  fellBack = false;
  heldBack: HeldBackReason | undefined;
  /** Set for a write whose keys other gateways must know of. */
  write: TrackedWrite | undefined;
  /** Takes back what the request waits for before it is sent. */
  stopWaiting: (() => void) | undefined;
  private readonly around: ExchangeSurroundings;
  private attempt: Attempt | undefined;
  private resumeUpstream: (() => void) | undefined;
  /** The answer's head is written, but not sent. */
  private headWaits = false;
  /** Bytes of the answer's body; -1 where it isn't said. */
  private length = -1;
  private retried = false;
  private lost = false;
  private over = false;
  /** An answer that is kept back: its head, and its body so far. */
  private kept:
    { rawHeaders: readonly Buffer[]; statusText: string; body: Buffer[]; length: number } | undefined;

  constructor(
    around: ExchangeSurroundings,
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
    this.attempt = this.around.forward(lane, this.outgoing, this);
  }

  head(status: number, rawHeaders: readonly Buffer[], statusText: string, resume: () => void): HeadVerdict {
    if (failedBehind(status) && this.mayFallBack()) {
      this.fallBack();
      return 'discard';
    }
    this.status = status;
    this.resumeUpstream = resume;
    if (this.write) this.kept = { rawHeaders, statusText, body: [], length: 0 };
    else this.writeHead(rawHeaders, statusText);
    return 'pass';
  }

  data(chunk: Buffer): boolean {
    if (this.kept) {
      this.kept.body.push(chunk);
      this.kept.length += chunk.length;
      if (this.kept.length > this.around.answerLimit) this.stopKeeping();
      return true;
    }
    if (this.lost) return true;
    if (this.headWaits && chunk.length === this.length) {
      // All of it at once: as one string, head and body leave in one piece. Writing it out before the end is told
      // spares the second, empty piece that Node would send along with it.
      this.headWaits = false;
      this.response.write(chunk.toString('latin1'), 'latin1');
      this.response.socket?.uncork();
      return true;
    }
    this.headWaits = false;
    if (this.response.write(chunk)) return true;
    this.response.once('drain', () => this.resumeUpstream?.());
    return false;
  }

  end(rawTrailers: readonly Buffer[]): void {
    if (this.kept) return this.endKept(this.kept);
    if (!this.lost) {
      if (rawTrailers.length > 0) this.response.addTrailers(answerTrailers(rawTrailers));
      this.response.end();
    }
    this.finish();
  }

  failed(failure: Failure): void {
    if (!failure.sent) this.write?.withdrawn();
    else this.write?.unknown();
    this.write = undefined;
    this.kept = undefined;
    if (this.response.headersSent) return this.cut();
    if (this.mayFallBack() && failure.kind !== 'invalid') return this.fallBack();
    if (this.mayRetry(failure)) {
      this.retried = true;
      return this.send(this.side);
    }
    this.refuse(explainFailure(failure, this.around.titleOf(this.endpoint)));
  }

  /** Answers with an error of the gateway's own. */
  refuse(error: AppError, headers: readonly string[] = []): void {
    if (this.over) return;
    this.attempt?.abort();
    this.write?.unknown();
    this.write = undefined;
    if (!this.lost && !this.response.headersSent) {
      answerProblem(this.response, error, this.request.url ?? '/', [...this.ownHeaders(), ...headers]);
      this.status = this.response.statusCode;
      if (!this.request.complete) drainRest(this.request);
    }
    this.finish();
  }

  /** The client's connection is gone, or its answer is through. */
  clientClosed(): void {
    if (this.over || this.lost) return;
    this.lost = true;
    this.stopWaiting?.();
    // A write that is whole may as well be carried out: then it is known what became of it.
    if (this.write && this.attempt && this.request.complete) return;
    if (this.attempt) this.write?.unknown();
    else this.write?.withdrawn();
    this.write = undefined;
    this.attempt?.abort();
    this.status = clientGone;
    this.finish();
  }

  private mayFallBack(): boolean {
    return (
      this.side === 'service' &&
      this.endpoint.kind === 'read' &&
      this.outgoing.body === null &&
      !this.response.headersSent
    );
  }

  private fallBack(): void {
    this.fellBack = true;
    this.send('monolith');
  }

  /** A kept-alive connection may be closed by the upstream just as we use it: what only reads is asked again, once. */
  private mayRetry({ kind }: Failure): boolean {
    const reads = this.outgoing.method === 'GET' || this.outgoing.method === 'HEAD';
    return kind === 'broken' && reads && this.outgoing.body === null && !this.retried && !this.lost;
  }

  private endKept(kept: NonNullable<Exchange['kept']>): void {
    const body =
      kept.body.length === 1 && kept.body[0] ? kept.body[0] : Buffer.concat(kept.body, kept.length);
    const write = this.write;
    this.kept = undefined;
    this.settleWrite(body);
    const pass = () => {
      if (!this.lost) {
        this.writeHead(kept.rawHeaders, kept.statusText);
        this.response.end(body);
      }
      this.finish();
    };
    if (write) write.whenAnnounced(pass);
    else pass();
  }

  /** An answer too large to keep: pass on what there is, and the rest as it comes. */
  private stopKeeping(): void {
    const kept = this.kept;
    this.kept = undefined;
    this.settleWrite(undefined);
    if (!kept || this.lost) return;
    this.writeHead(kept.rawHeaders, kept.statusText);
    this.response.write(Buffer.concat(kept.body, kept.length));
  }

  private settleWrite(body: Buffer | undefined): void {
    if (leavesOutcomeOpen(this.status)) this.write?.unknown();
    else this.write?.answered(body);
    this.write = undefined;
  }

  /** Goes out with the first of the body, which has come with it as a rule; on its own where nothing follows soon. */
  private writeHead(rawHeaders: readonly Buffer[], statusText: string): void {
    const { headers, length } = answerHeaders(rawHeaders);
    headers.push('X-Request-Id', this.requestId, 'X-Served-By', this.side);
    if (this.around.draining()) headers.push('Connection', 'close');
    this.response.writeHead(this.status, statusText, headers);
    this.length = length;
    this.headWaits = true;
    if (length === -1) process.nextTick(() => this.flushHead());
  }

  private flushHead(): void {
    if (this.headWaits && !this.over && !this.lost) this.response.flushHeaders();
    this.headWaits = false;
  }

  private ownHeaders(): string[] {
    const headers = ['X-Request-Id', this.requestId];
    return this.around.draining() ? [...headers, 'Connection', 'close'] : headers;
  }

  /** Half an answer is out: only breaking the connection tells the client that the rest won't come. */
  private cut(): void {
    this.response.destroy();
    this.finish();
  }

  private finish(): void {
    if (this.over) return;
    this.over = true;
    this.around.finished(this);
    release(this.peer);
  }
}

/** After these, the write may have happened or may still: accepted for later, or lost between us and the program. */
function leavesOutcomeOpen(status: number): boolean {
  return status === 202 || status === 502 || status === 504;
}
