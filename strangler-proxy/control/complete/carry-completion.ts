import type { CompletionState } from '#contracts/strangler/completion.js';
import type { Side } from '#contracts/strangler/move.js';
import type { RetirementAnswer, RetirementState } from '#contracts/strangler/retirement.js';
import type { Leader } from '../journal/fence.js';
import type { CapabilityParts } from '../reconcile/capability-parts.js';
import { overtaken, whileItStands } from '../leadership/while-it-stands.js';
import {
  advanceCompletion,
  type Completion,
  forgetCompletion,
  noteProblem,
  readCompletion,
} from './completion.js';
import { type Judging, lookAtConditions, unmet } from './conditions.js';

/**
 * Milliseconds in which every gateway has heard that the monolith leaves: sidecars say so once a second.
 */
const heardWithin = 2_500;

/** What a step has come to: the next state, or what it waits for. */
type Outcome = { next: CompletionState | 'undone' } | { waitsFor: string };

/**
 * Does the step that the journal names, and writes down that it is done. A step may have been done before, by a leader that
 * did not live to write it down: each asks for a state, and is content where that is reached.
 * @returns whether it is to be looked at again at once: it went on, or somebody has taken it back
 * @throws AppError `deposed`
 */
export async function carryCompletion(
  parts: CapabilityParts,
  leader: Leader,
  judging: Judging,
  completion: Completion,
  signal: AbortSignal,
): Promise<boolean> {
  const { capability, logger } = parts;
  const outcome = await step(parts, leader, judging, completion, signal);
  if (outcome === overtaken) return true;
  if ('waitsFor' in outcome) {
    logger.info({ capability, state: completion.state, reason: outcome.waitsFor }, 'a completion waits');
    await noteProblem(leader, completion, outcome.waitsFor);
    return false;
  }
  logger.info({ capability, from: completion.state, to: outcome.next }, 'a completion goes on');
  if (outcome.next === 'undone') await forgetCompletion(leader, completion);
  else
    await advanceCompletion(leader, completion, outcome.next, {
      ...{ who: 'control plane', action: `completion: ${outcome.next}`, reason: completion.reason },
    });
  return true;
}

function step(
  parts: CapabilityParts,
  leader: Leader,
  judging: Judging,
  completion: Completion,
  signal: AbortSignal,
): Promise<Outcome | typeof overtaken> {
  switch (completion.state) {
    case 'leaving':
      return whenSet(parts, 'monolith', 'leaving', () => {
        const left = completion.changedAt.getTime() + heardWithin - leader.clock.now().getTime();
        return left > 0 ? waitFor('the gateways to hear of it') : goOn('closing');
      });
    case 'closing':
      return whenSet(parts, 'monolith', 'closed', (now) => whenAll(now, true, goOn('checking')));
    case 'checking':
      return check(parts, leader, judging, signal);
    case 'ending':
      return whenSet(parts, 'service', 'ended', (now) => whenSilent(now, goOn('retiring')));
    case 'retiring':
      return whenSet(parts, 'monolith', 'ended', (now) => whenSilent(now, goOn('archiving')));
    case 'archiving':
      return whenSet(parts, 'monolith', 'archived', (now) => whenTables(now, 'alive', goOn('completed')));
    case 'dropping':
      return whenSet(parts, 'monolith', 'dropped', (now) => whenTables(now, 'archived', goOn('dropped')));
    case 'undoing':
      return whenSet(parts, 'monolith', 'open', (now) => whenAll(now, false, { next: 'undone' }));
    case 'completed':
    case 'dropped':
      return Promise.resolve(waitFor('nothing'));
  }
}

function goOn(next: CompletionState): Outcome {
  return { next };
}

function waitFor(waitsFor: string): Outcome {
  return { waitsFor };
}

async function whenSet(
  { capability, sidecars }: CapabilityParts,
  side: Side,
  state: RetirementState,
  judge: (now: RetirementAnswer) => Outcome,
): Promise<Outcome> {
  try {
    const livesAt = `the ${capability} service`;
    const outcome = await sidecars.retire(side, { state, livesAt });
    return outcome.accepted ? judge(outcome.now) : waitFor(outcome.message);
  } catch (error) {
    return waitFor(`the ${side}'s sidecar: ${(error as Error).message}`);
  }
}

function whenAll({ instances }: RetirementAnswer, follows: boolean, then: Outcome): Outcome {
  const others = instances.filter((one) => one.follows !== follows).map(({ instance }) => instance);
  if (others.length === 0) return then;
  return waitFor(
    `instances of the monolith that have not ${follows ? 'closed' : 'opened'} it yet: ${others.join(', ')}. One that has ended is forgotten after half a minute`,
  );
}

function whenSilent({ replicating, side }: RetirementAnswer, then: Outcome): Outcome {
  return replicating ? waitFor(`the ${side}'s sidecar to end its replication`) : then;
}

function whenTables({ tables }: RetirementAnswer, left: 'alive' | 'archived', then: Outcome): Outcome {
  const those = tables.filter(({ state }) => state === left).map(({ table }) => table);
  return those.length === 0 ? then : waitFor(`tables that are still ${left}: ${those.join(', ')}`);
}

/** Once more, now that the monolith answers nothing: what comes next can't be taken back. */
async function check(
  parts: CapabilityParts,
  leader: Leader,
  judging: Judging,
  signal: AbortSignal,
): Promise<Outcome | typeof overtaken> {
  const { database, capability } = parts;
  const stands = async () => (await readCompletion(database, capability))?.state === 'checking';
  const looked = await whileItStands(parts, leader, signal, stands, (still) =>
    lookAtConditions(judging, parts, true, still),
  );
  if (looked === overtaken) return overtaken;
  const missing = unmet(looked.conditions);
  return missing.length === 0 ? goOn('ending') : waitFor(missing.join('; '));
}
