import type { Own, Scenario } from './command.js';
import { expectParity, type Pair } from './run-commands.js';
import type { Met } from './unmet-answers.js';

/** Scenarios that are being told. */
export interface Telling {
  /** Waits for one. @returns what the first shop has answered @throws ParityFailure if answers differ */
  expectAlike(name: string): Promise<Met[]>;
}

/**
 * Tells scenarios to two shops, some at the same time: each has data of its own. Those that a provider keeps waiting come
 * last, together, when the machine has little else to do.
 * @param round keeps data of this round apart from those of others; letters, digits and hyphens
 */
export function tellScenarios(
  pair: Pair,
  scenarios: readonly Scenario[],
  round: string,
  atOnce = 4,
): Telling {
  const limit = turns(atOnce);
  const tell = ({ commands }: Scenario, index: number) => expectParity(pair, commands(namesOf(round, index)));
  const others = new Map(
    [...scenarios.entries()]
      .filter(([, { byClock }]) => !byClock)
      .map(([index, scenario]) => [index, limit(() => tell(scenario, index))]),
  );
  const quiet = Promise.allSettled(others.values());
  const told = scenarios.map((scenario, index) => {
    const outcome = others.get(index) ?? quiet.then(() => tell(scenario, index));
    // Whoever asks is told; until then nobody has missed it.
    outcome.catch(() => undefined);
    return [scenario.name, outcome] as const;
  });
  const outcomes = new Map(told);
  return {
    expectAlike: async (name) => {
      const outcome = outcomes.get(name);
      if (!outcome) throw new Error(`there is no scenario "${name}"`);
      return outcome;
    },
  };
}

/** Names that no other scenario, and no other round, uses. */
function namesOf(round: string, index: number): Own {
  return (name) => `${round}-${index}-${name}`;
}

/** Lets so many things be done at the same time; the others wait, in order. */
function turns(atOnce: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = [];
  let free = atOnce;
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}
