import type { Admission, Outcome } from '#platform/resilience/breaker.js';
import type { BulkheadLimit, Entrant } from '#platform/resilience/bulkhead.js';
import { guarded, noteCaught } from '#platform/telemetry/guarded.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { type AnswerHandler, type Call, type CallFailure, isStreamed } from '../client/call.js';
import { UnwritableRequest } from '../client/write-head.js';
import type { Deadline, Expiring } from './deadlines.js';
import type { AnswerReceiver, Attempt, Failure, Forward, OutgoingRequest } from './forward.js';
import type { Instance } from './instances.js';
import type { Lane } from './lane.js';

/** Forwards by a client of our own: no promise and no stream per request. */
export function forwardByClient(now: () => number): Forward {
  return (lane, request, receiver) => {
    const attempt = new ClientAttempt(lane, request, receiver, now);
    attempt.begin();
    return attempt;
  };
}

/** Most bytes of an answer nobody wants that are read to keep the connection. */
const discardLimit = 64 * 1024;

/** One request under way, to one instance: what its call says, in the words of lane and receiver. */
class ClientAttempt implements Attempt, Entrant, Expiring, AnswerHandler {
  private readonly lane: Lane;
  private readonly request: OutgoingRequest;
  private readonly receiver: AnswerReceiver;
  private readonly now: () => number;
  private admission: Admission | undefined;
  private instance: Instance | undefined;
  private call: Call | undefined;
  private deadline: Deadline | undefined;
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
    this.admission = this.lane.breaker.admit(isStreamed(this.request.body));
    if (!this.admission) {
      this.lane.refused.breaker += 1;
      return this.tell({ kind: 'refused', sent: false });
    }
    this.lane.bulkhead.enter(this);
  }

  refuse(by: BulkheadLimit): void {
    this.lane.refused.bulkhead += 1;
    this.settle('abandoned');
    this.tell({ kind: 'refused', sent: false, setting: `${this.lane.section}.bulkhead.${by}` });
  }

  start(): void {
    const instance = this.lane.instances.pick(this.now(), this.request.lastTried);
    if (!instance) {
      this.lane.bulkhead.leave();
      this.settle('failed');
      return this.tell({ kind: 'unreachable', sent: false, cause: new Error('no instance is known') });
    }
    this.instance = instance;
    if (this.request.lastTried === undefined) this.lane.repeats.first();
    this.request.lastTried = instance;
    instance.inFlight += 1;
    // While a client still uploads, the wait is its own doing; the listener bounds that time.
    if (!isStreamed(this.request.body)) this.startClock();
    try {
      this.call = instance.connections.send(this.request, this);
    } catch (error) {
      if (!(error instanceof UnwritableRequest)) noteCaught('sending a request', error);
      this.giveBack('abandoned');
      this.tell({ kind: 'invalid', sent: false, cause: toError(error) });
    }
  }

  abort(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.giveBack('abandoned');
    this.call?.abort();
  }

  expire(): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.giveBack('failed');
    const sent = this.call?.begun === true;
    this.call?.abort();
    this.receiver.failed({ kind: 'late', sent, setting: this.timeout('answer') });
  }

  bodySent(): void {
    this.startClock();
  }

  informed(status: number, headers: string[]): void {
    if (this.state !== 'open') return;
    try {
      this.receiver.informed(status, headers);
    } catch (error) {
      this.unfit(error);
    }
  }

  head(status: number, headers: string[], phrase: string): void {
    this.clearDeadline();
    this.status = status;
    if (this.state === 'open')
      try {
        const verdict = this.receiver.head(status, headers, phrase, () => this.resume());
        if (verdict === 'discard' && !this.isOver()) this.state = 'discarding';
      } catch (error) {
        return this.unfit(error);
      }
    // How long its client takes to read the rest says nothing of the upstream.
    if (this.admission !== 'regular') this.settleAs('succeeded');
  }

  data(piece: Buffer): boolean {
    if (this.state === 'open')
      try {
        return this.receiver.data(piece);
      } catch (error) {
        this.unfit(error);
        return true;
      }
    this.discarded += piece.length;
    if (this.discarded > discardLimit) this.abort();
    return true;
  }

  end(trailers: string[]): void {
    const wanted = this.state === 'open';
    this.state = 'over';
    this.giveBack('succeeded');
    if (!wanted) return;
    try {
      this.receiver.end(trailers);
    } catch (error) {
      this.unfit(error);
    }
  }

  failed({ kind, sent, cause }: CallFailure): void {
    if (this.state === 'over') return;
    const wanted = this.state === 'open';
    this.state = 'over';
    // What the network did says something of the upstream's health; what it said, a client may have asked for.
    this.giveBack(kind === 'unfit' ? 'abandoned' : 'failed', kind === 'unreachable');
    const setting = kind === 'late' ? this.timeout('idle') : undefined;
    if (wanted) this.receiver.failed({ kind, sent, cause, setting });
  }

  /** The answer can't be passed on: that ends this exchange, and says nothing of the upstream's health. */
  private unfit(error: unknown): void {
    noteCaught('passing an answer on', error);
    if (this.state !== 'over') {
      this.state = 'over';
      this.giveBack('abandoned');
      this.call?.abort();
    }
    this.receiver.failed({ kind: 'unfit', sent: true, cause: toError(error) });
  }

  private resume(): void {
    if (this.state === 'open') this.call?.resume();
  }

  private startClock(): void {
    if (this.state !== 'open' || this.status !== 0) return;
    this.deadline = (this.request.timeouts?.answer ?? this.lane.answerDeadlines).set(this);
  }

  /** The setting that bounds this attempt: its endpoint's, or its lane's. */
  private timeout(which: 'answer' | 'idle'): string {
    const { timeouts } = this.request;
    return `${timeouts?.[which] === undefined ? `${this.lane.section}.timeouts` : timeouts.section}.${which}`;
  }

  /** Gives back all that the attempt holds. @param gone nobody was at the instance's address */
  private giveBack(outcome: Outcome, gone = false): void {
    this.clearDeadline();
    const { instance } = this;
    if (!instance) {
      this.settle(outcome);
      return void this.lane.bulkhead.forget(this);
    }
    const { instances, bulkhead } = this.lane;
    this.instance = undefined;
    instance.inFlight -= 1;
    if (outcome === 'failed' || (outcome === 'succeeded' && this.saysNotWell()))
      instances.failed(instance, this.now(), gone);
    else if (outcome === 'succeeded') instances.succeeded(instance);
    this.settleAs(outcome, instance);
    bulkhead.leave();
  }

  /**
   * Other instances had better be asked. The side's breaker is for the network: one endpoint that is answered 503 steadily must
   * not take those beside it away.
   */
  private saysNotWell(): boolean {
    return this.lane.statusTells && failedBehind(this.status);
  }

  /** While another instance is well, a failure says something of this one, and nothing of the side. */
  private settleAs(outcome: Outcome, instance = this.instance): void {
    const ofOne = outcome === 'failed' && instance !== undefined && this.lane.instances.hasOther(instance);
    this.settle(ofOne ? 'abandoned' : outcome);
  }

  private settle(outcome: Outcome): void {
    if (this.admission) this.lane.breaker.settle(this.admission, outcome);
    this.admission = undefined;
  }

  private clearDeadline(): void {
    if (this.deadline) this.deadline.what = null;
  }

  private isOver(): boolean {
    return this.state === 'over';
  }

  /** Not before the caller of `begin` has the attempt in hand. */
  private tell(failure: Failure): void {
    process.nextTick(
      guarded('telling of a failure', () => {
        if (this.isOver()) return;
        this.state = 'over';
        this.receiver.failed(failure);
      }),
    );
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}

/** Statuses by which something between us and the program says that it couldn't be reached. */
export function failedBehind(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}
