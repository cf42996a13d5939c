import { guarded } from '#platform/telemetry/guarded.js';

/** The limit that an entrant was refused by: too many wait, or it has waited too long. */
export type BulkheadLimit = 'queue' | 'wait';

/** What wants a place. */
export interface Entrant {
  /** It has one: it must leave once it is done. */
  start(): void;
  /** The queue was full, or the wait too long. */
  refuse(by: BulkheadLimit): void;
}

/** Bounds how much of one kind of work goes on at a time, and how much waits for a place. */
export interface Bulkhead {
  readonly running: number;
  readonly waiting: number;
  /** Starts the entrant now, or when a place is free; or refuses it. */
  enter(entrant: Entrant): void;
  /** Takes an entrant out of the queue. @returns false where it doesn't wait */
  forget(entrant: Entrant): boolean;
  leave(): void;
}

export interface BulkheadLimits {
  concurrent: number;
  queue: number;
  /** Longest wait in milliseconds. */
  wait: number;
}

/** A first come, first served bulkhead. */
export function createBulkhead({ concurrent, queue, wait }: BulkheadLimits): Bulkhead {
  const waiters = new Map<Entrant, NodeJS.Timeout>();
  let running = 0;

  function forget(entrant: Entrant): boolean {
    clearTimeout(waiters.get(entrant));
    return waiters.delete(entrant);
  }

  function giveUp(entrant: Entrant): void {
    if (forget(entrant)) entrant.refuse('wait');
  }

  return {
    get running() {
      return running;
    },
    get waiting() {
      return waiters.size;
    },
    enter(entrant) {
      if (running < concurrent) {
        running += 1;
        entrant.start();
      } else if (waiters.size < queue) {
        waiters.set(
          entrant,
          setTimeout(
            guarded('a wait for a slot', () => giveUp(entrant)),
            wait,
          ),
        );
      } else {
        entrant.refuse('queue');
      }
    },
    forget,
    leave() {
      const [next] = waiters.keys();
      if (!next) {
        running -= 1;
        return;
      }
      forget(next);
      next.start();
    },
  };
}
