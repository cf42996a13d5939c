import { guarded } from '#platform/telemetry/guarded.js';

/** Wakes whoever waits before their time is over. */
export interface Bell {
  ring(): void;
  /** Resolves when it rings, after so many milliseconds, or when the signal aborts; at once if it rang since the last wait. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  const waiting = new Set<() => void>();
  return {
    ring() {
      rung = waiting.size === 0;
      for (const wake of [...waiting]) wake();
    },
    wait(milliseconds, signal) {
      if (rung || signal.aborted) {
        rung = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const timer = setTimeout(guarded('a wait for a bell', wake), milliseconds);
        function wake(): void {
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          waiting.delete(wake);
          resolve();
        }
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
  };
}
