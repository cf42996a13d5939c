import { guarded } from '#platform/telemetry/guarded.js';

/** Whether, and for how long, an upstream has been seen to be away: nobody was at its address. */
export interface Absence {
  /** An attempt found nobody there. */
  noticed(): void;
  /** It has answered, whatever that was: a 503 of its own is an answer. Who waits for that is told. */
  ended(): void;
  /** It was seen to go, and has not been seen since. */
  isAway(): boolean;
  /** Until when it is worth waiting for its return, by the steady clock; what is away for longer is down. */
  worthWaitingUntil(): number;
  /**
   * Whether one of those that wait may try now whether it is back. One at a time does so for all, and less and less often, so that
   * what is coming up is not pressed by all that wait for it.
   */
  mayTry(): boolean;
  /** Calls back once, as soon as it has answered. @returns takes that back */
  whenBack(callback: () => void): () => void;
}

const forgottenAfter = 30_000;
/** Milliseconds between two attempts to find it back: short beside a restart, and growing. */
const firstPause = 100;
const longestPause = 1_000;

/**
 * @param patience milliseconds that a restart may take
 * @param now monotonic milliseconds
 */
export function createAbsence(patience: number, now: () => number): Absence {
  const waiting = new Set<() => void>();
  let since: number | undefined;
  let last = 0;
  let pause = firstPause;
  let nextTry = 0;

  function isAway(): boolean {
    return since !== undefined && now() - last <= forgottenAfter;
  }

  function tellWaiting(): void {
    const told = [...waiting];
    waiting.clear();
    // Not within the answer that shows it: its own client comes first.
    setImmediate(
      guarded('the return of an upstream', () => {
        for (const callback of told) callback();
      }),
    );
  }

  return {
    noticed() {
      // Long ago somebody noticed, and nobody has tried since: that tells nothing of now.
      if (!isAway()) since = now();
      last = now();
    },
    ended() {
      since = undefined;
      pause = firstPause;
      nextTry = 0;
      if (waiting.size > 0) tellWaiting();
    },
    isAway,
    worthWaitingUntil: () => (since ?? now()) + patience,
    mayTry() {
      if (now() < nextTry) return false;
      nextTry = now() + pause;
      pause = Math.min(pause * 2, longestPause);
      return true;
    },
    whenBack(callback) {
      const once = guarded('a request that waited for an upstream', callback);
      waiting.add(once);
      return () => void waiting.delete(once);
    },
  };
}
