import type { TestRun } from './plan-runs.js';

/** Hands runs out to lanes. */
export interface RunQueue {
  /** The next run for a lane that is free, undefined when none is left. */
  take(): TestRun | undefined;
  /** Says that a run has ended. */
  done(run: TestRun): void;
}

/**
 * A queue that lets no more than so many lanes have a shop at once while other runs are left: a shop keeps the cores busy,
 * other suites mostly wait, so that both together take the machine's time best.
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
