/** How long an upstream has been away, as those see it who tried to reach it. */
export interface Absence {
  /** An attempt could not be sent, or was answered that nobody was there to carry it out. */
  noticed(): void;
  /** It has answered. */
  ended(): void;
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
    worthWaitingUntil: () => (since ?? now()) + patience,
  };
}
