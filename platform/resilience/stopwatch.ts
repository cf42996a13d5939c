import { setTimeout as sleep } from 'node:timers/promises';

/** The time that something takes, and pauses in it. */
export interface Stopwatch {
  /** Milliseconds since it was started. */
  elapsed(): number;
  pause(milliseconds: number): Promise<void>;
}

/** Starts one by the steady clock. */
export function startStopwatch(): Stopwatch {
  const started = performance.now();
  return {
    elapsed: () => performance.now() - started,
    pause: async (milliseconds) => void (await sleep(milliseconds)),
  };
}
