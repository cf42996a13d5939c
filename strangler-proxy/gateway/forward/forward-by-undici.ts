import { Readable } from 'node:stream';
import type { Client, Dispatcher } from 'undici';
import type { Admission, Outcome } from '#platform/resilience/breaker.js';
import type { Entrant } from '#platform/resilience/bulkhead.js';
import type { Deadline, Expiring } from './deadlines.js';
import type { AnswerReceiver, Attempt, Failure, Forward, OutgoingRequest } from './forward.js';
import type { Instance } from './instances.js';
import type { Lane } from './lane.js';

/** Forwards by undici's dispatcher, the layer below its `request` and `fetch`: no promise and no stream per request. */
export function forwardByUndici(now: () => number): Forward {
  return (lane, request, receiver) => {
    const attempt = new UndiciAttempt(lane, request, receiver, now);
    attempt.begin();
    return attempt;
  };
}

/** Most bytes of an answer nobody wants that are read to keep the connection. */
const discardLimit = 64 * 1024;

/**
 * One request under way: undici's handler for it. It uses the handler interface that undici calls deprecated: the
 * new one turns all headers into an object first, which costs more than the rest of an attempt.
 */
class UndiciAttempt implements Attempt, Entrant, Expiring, Dispatcher.DispatchHandler {
  private readonly lane: Lane;
  private readonly request: OutgoingRequest;
  private readonly receiver: AnswerReceiver;
  private readonly now: () => number;
  private admission: Admission | undefined;
  private instance: Instance | undefined;
  private connection: Client | undefined;
  private deadline: Deadline | undefined;
  private stop: ((reason: Error) => void) | undefined;
  private status = 0;
  private discarded = 0;
  private state: 'open' | 'discarding' | 'over' = 'open';

  constructor(lane: Lane, request: OutgoingRequest, receiver: AnswerReceiver, now: () => number) {
    this.lane = lane;
    this.request = request;
    this.receiver = receiver;
    this.now = now;
  }

  begin(): void {
    this.admission = this.lane.breaker.admit();
    if (!this.admission) {
      this.lane.refused.breaker += 1;
      return this.tell({ kind: 'refused', sent: false });
    }
    this.lane.bulkhead.enter(this);
  }

  refuse(): void {
    this.lane.refused.bulkhead += 1;
    this.settle('abandoned');
    this.tell({ kind: 'refused', sent: false });
  }

  abort(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.end('abandoned');
    this.stop?.(new Error('the client is gone'));
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.stop = abort;
    if (this.state === 'over') abort(new Error('the client is gone'));
  }

  onHeaders(status: number, rawHeaders: Buffer[], resume: () => void, statusText: string): boolean {
    if (status < 200) return true;
    this.clearDeadline();
    this.status = status;
    if (this.state !== 'open') return true;
    const verdict = this.receiver.head(status, rawHeaders, statusText, resume);
    if (verdict === 'discard') this.state = 'discarding';
    return verdict !== 'pause';
  }

  onData(chunk: Buffer): boolean {
    if (this.state === 'open') return this.receiver.data(chunk);
    this.discarded += chunk.length;
    if (this.discarded > discardLimit) this.stop?.(new Error('the answer is not wanted'));
    return true;
  }

  onComplete(trailers: string[] | null): void {
    const wanted = this.state === 'open';
    this.state = 'over';
    this.end(this.lane.statusTells && failedBehind(this.status) ? 'failed' : 'succeeded');
    // The types say strings; undici hands over what its parser found: buffers.
    if (wanted) this.receiver.end((trailers ?? []) as unknown as Buffer[]);
  }

  onError(cause: Error): void {
    if (this.state === 'over') return;
    const wanted = this.state === 'open';
    this.state = 'over';
    const failure = describe(cause, this.stop !== undefined);
    this.end(failure.kind === 'invalid' ? 'abandoned' : 'failed', failure.kind === 'unreachable');
    if (wanted) this.receiver.failed(failure);
  }

  start(): void {
    const instance = this.lane.instances.pick(this.now(), this.request.lastTried);
    if (!instance) {
      this.lane.bulkhead.leave();
      this.settle('failed');
      return this.tell({ kind: 'unreachable', sent: false, cause: new Error('no instance is known') });
    }
    this.instance = instance;
    this.request.lastTried = instance;
    instance.inFlight += 1;
    this.connection = instance.connections.take();
    const { method, target, headers, body } = this.request;
    // While a client still uploads, the wait is its own doing; the listener bounds that time.
    if (body instanceof Readable) body.once('end', () => this.startClock());
    else this.startClock();
    this.connection.dispatch({ path: target, method, headers, body, blocking: false }, this);
  }

  private startClock(): void {
    if (this.state === 'open' && this.status === 0) this.deadline = this.lane.answerDeadlines.set(this);
  }

  expire(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    const sent = this.stop !== undefined;
    this.end('failed');
    this.stop?.(new Error('no answer in time'));
    this.receiver.failed({ kind: 'late', sent });
  }

  /** Gives back all that the attempt holds. @param gone nobody was at the instance's address */
  private end(outcome: Outcome, gone = false): void {
    this.clearDeadline();
    const { instance, connection } = this;
    if (!instance || !connection) {
      this.settle(outcome);
      return void this.lane.bulkhead.forget(this);
    }
    const { instances, bulkhead } = this.lane;
    this.instance = undefined;
    instance.inFlight -= 1;
    if (outcome === 'succeeded') instances.succeeded(instance);
    else if (outcome === 'failed') instances.failed(instance, this.now(), gone);
    // While another instance is well, a failure says something of this one, and nothing of the side.
    this.settle(outcome === 'failed' && instances.hasOther(instance) ? 'abandoned' : outcome);
    instance.connections.giveBack(connection);
    bulkhead.leave();
  }

  private settle(outcome: Outcome): void {
    if (this.admission) this.lane.breaker.settle(this.admission, outcome);
    this.admission = undefined;
  }

  private clearDeadline(): void {
    if (this.deadline) this.deadline.what = null;
  }

  /** Not before the caller of `begin` has the attempt in hand. */
  private tell(failure: Failure): void {
    process.nextTick(() => {
      if (this.state === 'over') return;
      this.state = 'over';
      this.receiver.failed(failure);
    });
  }
}

/** Statuses by which something between us and the program says that it couldn't be reached. */
export function failedBehind(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}

const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function describe(cause: Error, sent: boolean): Failure {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED')
    return { kind: 'invalid', sent: false, cause };
  if (!sent) return { kind: 'unreachable', sent: false, cause };
  if (neverSent.has(code)) return { kind: 'unreachable', sent: false, cause };
  return { kind: code === 'UND_ERR_BODY_TIMEOUT' ? 'late' : 'broken', sent: true, cause };
}
