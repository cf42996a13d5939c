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
  close(): void;
}

/** Milliseconds by which a deadline may be late. */
const resolution = 20;

/**
 * Thousands of time-outs for the price of one timer. Nearly all are taken back long before they are due: one that
 * is taken back falls out of the queue when its turn comes.
 * @param duration milliseconds
 * @param now monotonic milliseconds
 */
export function createDeadlines(duration: number, now: () => number): Deadlines {
  let queue: Deadline[] = [];
  let head = 0;
  let timer: NodeJS.Timeout | undefined;

  function check(): void {
    const time = now();
    for (; head < queue.length; head++) {
      const deadline = queue[head];
      if (!deadline) continue;
      if (deadline.what && deadline.at > time) break;
      deadline.what?.expire();
      deadline.what = null;
    }
    queue = queue.slice(head);
    head = 0;
    if (queue.length === 0) stop();
  }

  function stop(): void {
    clearInterval(timer);
    timer = undefined;
  }

  return {
    set(what) {
      const deadline: Deadline = { at: now() + duration, what };
      queue.push(deadline);
      timer ??= setInterval(check, resolution).unref();
      return deadline;
    },
    close: stop,
  };
}
