import type { HeldBackReason } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import type { Taker } from '../owners/capability-owners.js';
import type { Endpoint } from '../routing/endpoint.js';

/** How a list waits for a replica. */
export interface Patience {
  /** Longest, in milliseconds. */
  wait: number;
  /**
   * What the replica must hold: `all` counts writes whose outcome nobody knows, that may still happen for a minute;
   * `answered` only what a client was told of.
   */
  upTo: 'all' | 'answered';
}

/** Whether one side's replica of what the other side of a capability owns may be read. */
export interface ReplicaReads {
  /** Why the key must be read from its owner now; undefined where the replica will do. */
  whyNot(key: string | undefined): HeldBackReason | undefined;
  /** The key was written lately, and this side is not known to have it. */
  lacks(key: string): boolean;
  /**
   * Waits until the replica holds all that was written before now, or gives up.
   * @returns takes the question back
   */
  whenCaughtUp(patience: Patience, answer: (reason: HeldBackReason | undefined) => void): () => void;
}

/** A write under way, known to all gateways. Exactly one of `answered`, `unknown` and `withdrawn` is called. */
export interface TrackedWrite {
  /** Calls back once other gateways have been told of it, or can't be told. */
  whenAnnounced(callback: () => void): void;
  /**
   * Its outcome is certain.
   * @param body the answer, where keys stand in it; undefined where it couldn't be kept
   * @param takenBy the side that owns its key, where the answer shows that
   */
  answered(body: Buffer | undefined, takenBy: Taker | undefined): void;
  /** It may have happened, or may still. */
  unknown(): void;
  /** It was never sent. */
  withdrawn(): void;
}

/** A write as far as its keys go. */
export interface WriteToTrack {
  endpoint: Endpoint;
  /** Values of the path's parameters. */
  values: readonly string[];
  /** Its own key; undefined where it has none, or it can't be read. */
  key: string | undefined;
}

/** What keeps clients from reading older than they wrote. */
export interface Freshness {
  /** Undefined for a capability whose sides share their data. */
  replicaOf(capability: string, side: Side): ReplicaReads | undefined;
  /** Calls back once all announcements of other gateways from before now have been heard; false where they can't be. */
  whenHeard(callback: (heard: boolean) => void): void;
  beginWrite(request: WriteToTrack, body: Buffer | undefined): TrackedWrite;
}
