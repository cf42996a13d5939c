import { setTimeout as sleep } from 'node:timers/promises';

/** The time that passes while a replay runs, in milliseconds. */
export interface Timer {
  now(): number;
  /** Resolves after so long, or as soon as the signal is aborted. */
  pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void>;
}

const realTimer: Timer = {
  now: () => Date.now(),
  pause: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(ignoreAbort),
};

function ignoreAbort(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}

/** A timer of Node's can't wait for longer than 24 days. */
const longestPause = 24 * 3_600_000;

/**
 * Lets steps pass at a multiple of the speed at which they happened.
 * @param speed 60 makes a minute of an hour; 0 lets them pass at once
 */
export async function* paceSteps<Step extends { at: Date }>(
  steps: AsyncIterable<Step>,
  speed: number,
  signal: AbortSignal | undefined,
  timer: Timer = realTimer,
): AsyncGenerator<Step> {
  const began = timer.now();
  let firstAt: number | undefined;
  for await (const step of steps) {
    firstAt ??= step.at.getTime();
    const due = speed === 0 ? began : began + (step.at.getTime() - firstAt) / speed;
    while (due > timer.now() && !signal?.aborted) {
      await timer.pause(Math.min(due - timer.now(), longestPause), signal);
    }
    if (signal?.aborted) return;
    yield step;
  }
}
