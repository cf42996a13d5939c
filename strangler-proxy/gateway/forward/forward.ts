import type { Readable } from 'node:stream';
import type { Instance } from './instances.js';
import type { Lane } from './lane.js';

/** A request as it is sent to an upstream. */
export interface OutgoingRequest {
  method: string;
  /** Path and query, as the client sent them. */
  target: string;
  /** Names and values in turn; without hop-by-hop headers. */
  headers: string[];
  body: Buffer | Readable | null;
  /** The instance that it was last sent to, or that could not be reached: another one is next, if there is one. */
  lastTried?: Instance | undefined;
}

/** Why no answer came. */
export interface Failure {
  /** `refused`: by breaker or bulkhead; `unreachable`: no connection; `broken`: it ended early; `late`; `invalid`: the request can't be sent. */
  kind: 'refused' | 'unreachable' | 'broken' | 'late' | 'invalid';
  /** The upstream may have seen the request, and acted on it. */
  sent: boolean;
  cause?: Error;
}

/** What becomes of an answer whose head has arrived. */
export type HeadVerdict = 'pass' | 'pause' | 'discard';

/** Takes an answer. Exactly one of `end` and `failed` is called last, unless it was discarded or aborted. */
export interface AnswerReceiver {
  /**
   * @param rawHeaders names and values in turn
   * @param resume goes on after a pause, here or in `data`
   */
  head(status: number, rawHeaders: readonly Buffer[], statusText: string, resume: () => void): HeadVerdict;
  /** @returns false to pause until `resume` is called */
  data(chunk: Buffer): boolean;
  end(rawTrailers: readonly Buffer[]): void;
  failed(failure: Failure): void;
}

/** A request under way. */
export interface Attempt {
  /** Drops it; the receiver hears no more of it. */
  abort(): void;
}

/** Sends a request down a lane. Nothing is called on the receiver after `abort`. */
export type Forward = (lane: Lane, request: OutgoingRequest, receiver: AnswerReceiver) => Attempt;
