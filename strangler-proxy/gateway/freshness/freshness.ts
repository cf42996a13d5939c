import type { HeldBackReason } from '#contracts/strangler/gateway-status.js';
import type { Endpoint } from '../routing/endpoint.js';

/** Whether a capability's replica may be read. */
export interface ReplicaReads {
  /** Why the key must be read from its owner now; undefined where the replica will do. */
  whyNot(key: string | undefined): HeldBackReason | undefined;
  /**
   * Waits until the replica holds all that was written before now, or gives up.
   * @returns takes the question back
   */
  whenCaughtUp(answer: (reason: HeldBackReason | undefined) => void): () => void;
}

/** A write under way, known to all gateways. Exactly one of `answered`, `unknown` and `withdrawn` is called. */
export interface TrackedWrite {
  /** Calls back once other gateways have been told of it, or can't be told. */
  whenAnnounced(callback: () => void): void;
  /** Its outcome is certain. @param body the answer, where keys stand in it; undefined where it couldn't be kept */
  answered(body: Buffer | undefined): void;
  /** It may have happened, or may still. */
  unknown(): void;
  /** It was never sent. */
  withdrawn(): void;
}

/** What keeps clients from reading older than they wrote. */
export interface Freshness {
  /** Undefined for a capability whose sides share their data. */
  replicaOf(capability: string): ReplicaReads | undefined;
  /** Calls back once all announcements of other gateways from before now have been heard; false where they can't be. */
  whenHeard(callback: (heard: boolean) => void): void;
  beginWrite(endpoint: Endpoint, pathValues: readonly string[], body: Buffer | undefined): TrackedWrite;
}
