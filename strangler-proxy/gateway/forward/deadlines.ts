import { guarded } from '#platform/telemetry/guarded.js';

/** What may take too long. */
export interface Expiring {
  expire(): void;
}

/** One deadline; it is taken back by letting go of `what`. */
export interface Deadline {
  at: number;
  what: Expiring | null;
}

/** Deadlines that all lie the same time ahead: they expire in the order in which they were set. */
export interface Deadlines {
  set(what: Expiring): Deadline;
  /** How many are kept, those that were taken back and not forgotten yet included. */
  readonly size: number;
  close(): void;
}

/** A deadline may be late by a hundredth of its duration, within these bounds in milliseconds. */
const finest = 20;
const coarsest = 1_000;

/** So many are kept before those that were taken back are looked for. */
const fewEnough = 1_024;

/**
 * Thousands of time-outs for the price of one timer. Nearly all are taken back long before they are due: one that
 * is taken back falls out of the queue when its turn comes, or when there are as many of those as of others.
 * @param duration milliseconds
 * @param now monotonic milliseconds
 */
export function createDeadlines(duration: number, now: () => number): Deadlines {
  let queue: Deadline[] = [];
  let head = 0;
  let sweepAt = fewEnough;
  const resolution = Math.min(coarsest, Math.max(finest, duration / 100));
  let timer: NodeJS.Timeout | undefined;

  function check(): void {
    const time = now();
    for (; head < queue.length; head++) {
      const deadline = queue[head];
      if (!deadline) continue;
      if (deadline.what && deadline.at > time) break;
      const { what } = deadline;
      deadline.what = null;
      // One that fails must keep neither itself nor those behind it in the queue.
      if (what) guarded('a deadline', () => what.expire())();
    }
    queue = queue.slice(head);
    head = 0;
    if (queue.length >= sweepAt) sweep();
    if (queue.length === 0) stop();
  }

  /** One that waits for long must not keep all behind it that were taken back: every request has a deadline. */
  function sweep(): void {
    queue = queue.filter(({ what }) => what !== null);
    sweepAt = Math.max(fewEnough, 2 * queue.length);
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    set(what) {
      const deadline: Deadline = { at: now() + duration, what };
      queue.push(deadline);
      timer ??= setInterval(guarded('a look at deadlines', check), resolution).unref();
      return deadline;
    },
    get size() {
      return queue.length;
    },
    close: stop,
  };
}
