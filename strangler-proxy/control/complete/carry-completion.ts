import type { CompletionState } from '#contracts/strangler/completion.js';
import type { Side } from '#contracts/strangler/move.js';
import type { RetirementAnswer, RetirementState } from '#contracts/strangler/retirement.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Leader } from '../fence/fence.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { overtaken, whileItStands } from '../leadership/while-it-stands.js';
import {
  advanceCompletion,
  type Completion,
  forgetCompletion,
  giveUpCompletion,
  noteProblem,
  readCompletion,
} from './completion.js';
import { type Judging, lookAtConditions, unmet } from './conditions.js';

/**
 * Milliseconds in which every gateway has heard that the monolith leaves: sidecars say so once a second.
 */
const heardWithin = 2_500;

/** What a step has come to: the next state, or what it waits for. */
type Outcome = { next: CompletionState | 'undone' } | { waitsFor: string } | { refused: string };

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
  if ('refused' in outcome) {
    logger.info(
      { capability, reason: outcome.refused },
      'a completion is given up before it has changed anything',
    );
    await giveUpCompletion(leader, completion, outcome.refused);
    return true;
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
    case 'comparing':
      return check(parts, leader, judging, signal, 'comparing', (missing) =>
        missing === '' ? goOn('leaving') : { refused: missing },
      );
    case 'leaving':
      return whenSet(parts, 'monolith', 'leaving', () => {
        const left = completion.changedAt.getTime() + heardWithin - leader.clock.now().getTime();
        return left > 0 ? waitFor('the gateways to hear of it') : whenHeard(judging, parts.capability);
      });
    case 'closing':
      return whenSet(parts, 'monolith', 'closed', (now) => whenAll(now, true, goOn('checking')));
    case 'checking':
      return check(parts, leader, judging, signal, 'checking', (missing) =>
        missing === '' ? goOn('ending') : waitFor(missing),
      );
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
  judge: (now: RetirementAnswer) => Outcome | Promise<Outcome>,
): Promise<Outcome> {
  try {
    const livesAt = `the ${capability} service`;
    const outcome = await sidecars.retire(side, { state, livesAt });
    return outcome.accepted ? await judge(outcome.now) : waitFor(outcome.message);
  } catch (error) {
    return waitFor(`the ${side}'s sidecar: ${messageOf(error)}`);
  }
}

/** A gateway that does not know sends reads there that the monolith will answer with 410. */
async function whenHeard({ notLeaving }: Judging, capability: string): Promise<Outcome> {
  try {
    const deaf = await notLeaving(capability);
    if (deaf.length === 0) return goOn('closing');
    return waitFor(`gateways that have not heard of it yet: ${deaf.join(', ')}. Are they cut off from NATS?`);
  } catch (error) {
    return waitFor(messageOf(error));
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

/**
 * Looks at all conditions, and compares all rows: before anything is changed, and once more when the monolith answers nothing, since
 * what comes next can't be taken back.
 * @param judge is given what is missing, as sentences; nothing where all holds
 */
async function check(
  parts: CapabilityParts,
  leader: Leader,
  judging: Judging,
  signal: AbortSignal,
  state: CompletionState,
  judge: (missing: string) => Outcome,
): Promise<Outcome | typeof overtaken> {
  const { database, capability } = parts;
  const stands = async () => (await readCompletion(database, capability))?.state === state;
  const looked = await whileItStands(parts, leader, signal, stands, (still) =>
    lookAtConditions(judging, parts, true, still),
  );
  if (looked === overtaken) return overtaken;
  return judge(unmet(looked.conditions).join('; '));
}
