import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Lets steps pass at a multiple of the speed at which they happened.
 * @param speed 60 makes a minute of an hour; 0 lets them pass at once
 */
export async function* paceSteps<Step extends { at: Date }>(
  steps: AsyncIterable<Step>,
  speed: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Step> {
  const began = Date.now();
  let firstAt: number | undefined;
  for await (const step of steps) {
    firstAt ??= step.at.getTime();
    const due = speed === 0 ? began : began + (step.at.getTime() - firstAt) / speed;
    if (due > Date.now()) await sleep(due - Date.now(), undefined, { signal }).catch(ignoreAbort);
    if (signal?.aborted) return;
    yield step;
  }
}

function ignoreAbort(error: unknown): void {
  if ((error as Error).name !== 'AbortError') throw error;
}
