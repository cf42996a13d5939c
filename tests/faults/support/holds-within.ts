import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** @returns whether a condition has come to hold within so many milliseconds */
export async function holdsWithin(milliseconds: number, holds: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > until) return false;
    await sleep(100);
  }
  return true;
}
