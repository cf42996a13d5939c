/** Whether, and for how long, an upstream has been seen to be away: nobody was at its address. */
export interface Absence {
  /** An attempt found nobody there. */
  noticed(): void;
  /** It has answered, whatever that was: a 503 of its own is an answer. */
  ended(): void;
  /** It was seen to go, and has not been seen since. */
  isAway(): boolean;
  /** Until when it is worth waiting for its return, by the steady clock; what is away for longer is down. */
  worthWaitingUntil(): number;
}

const forgottenAfter = 30_000;

/**
 * @param patience milliseconds that a restart may take
 * @param now monotonic milliseconds
 */
export function createAbsence(patience: number, now: () => number): Absence {
  let since: number | undefined;
  let last = 0;
  return {
    noticed() {
      // Long ago somebody noticed, and nobody has tried since: that tells nothing of now.
      if (since === undefined || now() - last > forgottenAfter) since = now();
      last = now();
    },
    ended: () => void (since = undefined),
    isAway: () => since !== undefined && now() - last <= forgottenAfter,
    worthWaitingUntil: () => (since ?? now()) + patience,
  };
}
