import type { TestRun } from './plan/plan-runs.js';

/** Hands runs out to lanes. */
export interface RunQueue {
  /** The next run for a lane that is free, once there is room for it; undefined when none is left. */
  take(): Promise<TestRun | undefined>;
  /** Says that a run has ended. */
  done(run: TestRun): void;
}

/** How much of the room runs take: a shop keeps two cores nearly busy, while other suites mostly wait. */
const [shopTakes, otherTakes] = [3, 1];

/**
 * A queue that lets shops, and other suites beside them, use the machine best: shops first, since they take longest, as many
 * at once as were asked for, and beside each of them only what fits into the rest of the room.
 * @param shopsAtOnce how many lanes may have a shop at the same time, as long as there is something else to run
 * @param room how many runs without a shop keep the machine busy
 */
export function runQueue(runs: readonly TestRun[], shopsAtOnce: number, room: number): RunQueue {
  const shops = runs.filter(({ startsShop }) => startsShop);
  const others = runs.filter(({ startsShop }) => !startsShop);
  const waiting: (() => void)[] = [];
  let running = 0;
  let taken = 0;

  /** @returns undefined where nothing that is left fits */
  function fitting(): TestRun | undefined {
    const isShopsTurn = shops.length > 0 && (running < shopsAtOnce || others.length === 0);
    // A machine with less room than one run takes has at least that one.
    if (isShopsTurn) return taken === 0 || taken + shopTakes <= room ? shops.shift() : undefined;
    return taken === 0 || taken + otherTakes <= room ? others.shift() : undefined;
  }

  return {
    take: async () => {
      while (shops.length + others.length > 0) {
        const next = fitting();
        if (next) {
          if (next.startsShop) running += 1;
          taken += sizeOf(next);
          return next;
        }
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return undefined;
    },
    done: (run) => {
      if (run.startsShop) running -= 1;
      taken -= sizeOf(run);
      for (const again of waiting.splice(0)) again();
    },
  };
}

function sizeOf({ startsShop }: TestRun): number {
  return startsShop ? shopTakes : otherTakes;
}
