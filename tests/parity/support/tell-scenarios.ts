import type { Own, Scenario } from './command.js';
import { expectParity, type Pair } from './run-commands.js';

/** Scenarios that are being told. */
export interface Telling {
  /** Waits for one. @throws ParityFailure if its answers differ */
  expectAlike(name: string): Promise<void>;
}

/**
 * Tells scenarios to two shops, some at the same time: each has data of its own, and some wait for a provider.
 * @param round keeps data of this round apart from those of others; letters, digits and hyphens
 */
export function tellScenarios(
  pair: Pair,
  scenarios: readonly Scenario[],
  round: string,
  atOnce = 4,
): Telling {
  const limit = turns(atOnce);
  const told = scenarios.map(({ name, commands }, index) => {
    const outcome = limit(() => expectParity(pair, commands(namesOf(round, index))));
    // Whoever asks is told; until then nobody has missed it.
    outcome.catch(() => undefined);
    return [name, outcome] as const;
  });
  const outcomes = new Map(told);
  return { expectAlike: async (name) => outcomes.get(name) };
}

/** Names that no other scenario, and no other round, uses. */
function namesOf(round: string, index: number): Own {
  return (name) => `${round}-${index}-${name}`;
}

/** Lets so many things be done at the same time; the others wait, in order. */
function turns(atOnce: number): (work: () => Promise<void>) => Promise<void> {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
