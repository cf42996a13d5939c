/** Of heartbeats, in milliseconds. */
export const pace = {
  /** Between two while rows are written: no answer about freshness is finer than this. */
  usual: 100,
  /** The same while nothing is written, when every replica is as fresh as it can be: each costs both sides a commit. */
  resting: 800,
  /** How long after a write the next one is expected. */
  expectedFor: 2_000,
};

/** Chooses the heartbeats of a database that a capability's replica hears of. */
export interface HeartbeatThinning {
  /** Rows of the capability were written. */
  written(): void;
  /** @returns whether this heartbeat is passed on */
  passesOn(writtenAt: number): boolean;
}

/**
 * A database beats faster while any of its capabilities is written. The replicas of the others need no more
 * heartbeats than at rest.
 */
export function thinHeartbeats(): HeartbeatThinning {
  let hasWritten = false;
  let allUntil = 0;
  let last = 0;
  return {
    written() {
      hasWritten = true;
    },
    passesOn(writtenAt) {
      if (hasWritten) allUntil = writtenAt + pace.expectedFor;
      hasWritten = false;
      // Half a beat less, lest one that is a trifle early make the pause twice as long.
      if (writtenAt > allUntil && writtenAt - last < pace.resting - pace.usual / 2) return false;
      last = writtenAt;
      return true;
    },
  };
}
