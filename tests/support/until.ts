import { setTimeout as sleep } from 'node:timers/promises';

type Condition = () => boolean | Promise<boolean>;

/** Far beyond what a slow machine takes, and within the time limit of a test: a vain wait says what it was for. */
const patienceMs = 600_000;

/**
 * Waits for a condition, however long a slow machine takes.
 * @param what names the condition; a condition without a name is named by its source
 * @param holds may throw to give up at once
 * @throws Error that names the condition when it has not come true for ten minutes
 */
export async function until(what: string, holds: Condition): Promise<void>;
export async function until(holds: Condition): Promise<void>;
export async function until(...of: [string, Condition] | [Condition]): Promise<void> {
  const [what, holds] = of.length === 2 ? of : [sourceOf(of[0]), of[0]];
  const began = Date.now();
  while (!(await holds())) {
    if (Date.now() - began > patienceMs)
      throw new Error(`After ${patienceMs / 1000} s, still waiting until ${what}`);
    await sleep(50);
  }
}

function sourceOf(holds: Condition): string {
  return String(holds).replaceAll(/\s+/g, ' ');
}
