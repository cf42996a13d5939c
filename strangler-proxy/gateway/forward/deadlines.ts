/** One request's deadline; `done` takes it back. */
export interface Deadline {
  at: number;
  expire: (() => void) | null;
}

/** Deadlines that all lie the same time ahead: they expire in the order in which they were set. */
export interface Deadlines {
  set(expire: () => void): Deadline;
  close(): void;
}

/** Milliseconds by which a deadline may be late. */
const resolution = 20;

/**
 * Thousands of time-outs for the price of one timer. Nearly all are taken back long before they are due: a deadline
 * is taken back by clearing `expire`, and falls out of the queue when its time comes.
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
      if (deadline.expire && deadline.at > time) break;
      deadline.expire?.();
      deadline.expire = null;
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
    set(expire) {
      const deadline: Deadline = { at: now() + duration, expire };
      queue.push(deadline);
      timer ??= setInterval(check, resolution).unref();
      return deadline;
    },
    close: stop,
  };
}
