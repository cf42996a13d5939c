import type { TestRun } from './plan-runs.js';

/** Hands runs out to lanes. */
export interface RunQueue {
  /** The next run for a lane that is free, undefined when none is left. */
  take(): TestRun | undefined;
  /** Says that a run has ended. */
  done(run: TestRun): void;
}

/**
 * A queue that limits how many lanes have a shop at once, as long as other runs are left. A shop keeps the cores busy, while
 * other suites mostly wait: side by side they use the machine best.
 */
export function runQueue(runs: readonly TestRun[], shopsAtOnce: number): RunQueue {
  const shops = runs.filter(({ startsShop }) => startsShop);
  const others = runs.filter(({ startsShop }) => !startsShop);
  let running = 0;
  return {
    take: () => {
      if (shops.length > 0 && (running < shopsAtOnce || others.length === 0)) {
        running += 1;
        return shops.shift();
      }
      return others.shift();
    },
    done: ({ startsShop }) => {
      if (startsShop) running -= 1;
    },
  };
}
