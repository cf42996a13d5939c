import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition, however long a slow machine takes; the test's own time limit is what ends it.
 * The condition is named, so that a test that hangs says what it was waiting for.
 * @param holds may throw to give up at once
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const patience = 600_000;
  const began = Date.now();
  while (!(await holds())) {
    if (Date.now() - began > patience)
      throw new Error(`After ${patience / 1000} s, still waiting until ${what}`);
    await sleep(50);
  }
}
