import type { CallFailure, HttpRequest } from '../client/call.js';
import type { Instance } from './instances.js';
import type { Lane } from './lane.js';
import type { RequestTimeouts } from './request-timeouts.js';

/** A request as it is sent to an upstream. */
export interface OutgoingRequest extends HttpRequest {
  headers: string[];
  /** Of its endpoint; its lane's bound what they leave out. */
  timeouts?: RequestTimeouts | undefined;
  /** The instance that it was last sent to, or that could not be reached: another one is next, if there is one. */
  lastTried?: Instance | undefined;
}

/** Why no answer came. */
export interface Failure {
  /** `refused`: by breaker or bulkhead; `late`: no answer, or no more of it, in time; `invalid`: the request can't be sent; others as of a call. */
  kind: CallFailure['kind'] | 'refused' | 'invalid';
  /** The upstream may have seen the request, and acted on it. */
  sent: boolean;
  cause?: Error;
  /** The setting that has ended it, if one has: `monolithLimits.timeouts.answer`. */
  setting?: string | undefined;
}

/** What becomes of an answer whose head has arrived. */
export type HeadVerdict = 'pass' | 'discard';

/** Takes an answer. Exactly one of `end` and `failed` is called last, unless it was discarded or aborted. */
export interface AnswerReceiver {
  /** An interim answer. @param headers names and values in turn, as in `head` */
  informed(status: number, headers: readonly string[]): void;
  /** @param resume goes on after `data` has paused */
  head(status: number, headers: readonly string[], phrase: string, resume: () => void): HeadVerdict;
  /**
   * @param piece its bytes are overwritten after the call: what is to be kept must be copied
   * @returns false to pause until `resume` is called
   */
  data(piece: Buffer): boolean;
  end(trailers: readonly string[]): void;
  failed(failure: Failure): void;
}

/** A request under way. */
export interface Attempt {
  /** Drops it; the receiver hears no more of it. */
  abort(): void;
}

/** Sends a request down a lane. Nothing is called on the receiver after `abort`. */
export type Forward = (lane: Lane, request: OutgoingRequest, receiver: AnswerReceiver) => Attempt;
