import fc from 'fast-check';
import { expectParity, type Pair } from '../support/run-commands.js';
import { anySteps, commandsOf } from './any-commands.js';

export interface GeneratedRuns {
  /** The same one makes the same commands. */
  seed: number;
  /** Sequences of commands. */
  runs: number;
  /** How many times as much stock there is as orders can take; without it, some are refused. */
  plenty?: number;
}

/** Longest wait for mails and the like while a failure is being shrunk, in milliseconds. */
const impatience = 3_000;

/** `PARITY_SEED` and `PARITY_RUNS`; what is fixed by default lets every run of the suite be the same. */
export function generatedRuns(environment: NodeJS.ProcessEnv, runs: number): GeneratedRuns {
  return { seed: Number(environment['PARITY_SEED'] ?? 1), runs: Number(environment['PARITY_RUNS'] ?? runs) };
}

/**
 * Sends sequences of any commands to two shops, each to data of its own.
 * @param round as of scenarios
 * @returns how many commands were compared
 * @throws with the shortest sequence that was found whose answers differ, and how to have it again
 */
export async function expectParityOfAny(
  pair: Pair,
  { seed, runs, plenty }: GeneratedRuns,
  round: string,
): Promise<number> {
  let count = 0;
  let compared = 0;
  let failed = false;
  const property = fc.asyncProperty(anySteps, async (steps) => {
    count += 1;
    const commands = commandsOf(steps, (name) => `${round}-g${count}-${name}`, plenty);
    try {
      const met = await expectParity(pair, commands, failed ? impatience : undefined);
      compared += met.length;
    } catch (error) {
      failed = true;
      throw error;
    }
  });
  const outcome = await fc.check(property, { seed, numRuns: runs });
  if (!outcome.failed) return compared;
  const { errorInstance, numRuns, numShrinks } = outcome;
  const what = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  throw new Error(
    `PARITY_SEED=${seed} PARITY_RUNS=${numRuns} makes this sequence again; it was shortened ${numShrinks} times.\n${what}`,
    { cause: errorInstance },
  );
}
