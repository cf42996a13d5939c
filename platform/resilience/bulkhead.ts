/** Bounds how much of one kind of work goes on at a time, and how much waits for a place. */
export interface Bulkhead {
  readonly running: number;
  readonly waiting: number;
  /**
   * Runs `start` now or when a place is free; each start must be matched by one `leave`.
   * @param refuse called instead when the queue is full, or the wait was too long
   * @returns takes the request out of the queue; without effect once it was started or refused
   */
  enter(start: () => void, refuse: () => void): () => void;
  leave(): void;
}

export interface BulkheadLimits {
  concurrent: number;
  queue: number;
  /** Longest wait in milliseconds. */
  wait: number;
}

interface Waiter {
  start: () => void;
  refuse: () => void;
  timer: NodeJS.Timeout;
}

const nothing = () => undefined;

/** A first come, first served bulkhead. */
export function createBulkhead({ concurrent, queue, wait }: BulkheadLimits): Bulkhead {
  const waiters = new Set<Waiter>();
  let running = 0;

  function line(start: () => void, refuse: () => void): () => void {
    const waiter: Waiter = { start, refuse, timer: setTimeout(() => giveUp(waiter), wait) };
    waiters.add(waiter);
    return () => void dequeue(waiter);
  }

  function dequeue(waiter: Waiter): boolean {
    clearTimeout(waiter.timer);
    return waiters.delete(waiter);
  }

  function giveUp(waiter: Waiter): void {
    if (dequeue(waiter)) waiter.refuse();
  }

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waiters.size;
    },
    enter(start, refuse) {
      if (running < concurrent) {
        running += 1;
        start();
        return nothing;
      }
      if (waiters.size < queue) return line(start, refuse);
      refuse();
      return nothing;
    },
    leave() {
      const [next] = waiters;
      if (!next) {
        running -= 1;
        return;
      }
      dequeue(next);
      next.start();
    },
  };
}
