import type { Condition } from '#contracts/strangler/completion.js';
import { bucketCount } from '#contracts/strangler/ownership.js';
import type { RetirementAnswer } from '#contracts/strangler/retirement.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Verify } from '../gates/verified.js';
import { readOpen, readState } from '../journal/read-journal.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { askBothSides, bucketsOf } from '../sides/both-sides.js';
import type { ReadAtMonolith } from './read-shares.js';

/** What a completion is judged by. */
export interface Judging {
  /** Undefined where nothing can be verified: then nothing is completed either. */
  verify: Verify | undefined;
  /** Milliseconds for which nobody must have asked the monolith for anything of it. */
  quietTime: number;
  readsAtMonolith(capability: string): Promise<ReadAtMonolith[]>;
  /** Gateways that have not heard yet that the monolith leaves. @throws when one can't be asked */
  notLeaving(capability: string): Promise<string[]>;
}

/**
 * Looks at all that must hold before the monolith's part is retired.
 * @param verifying compare all rows as well, if all the rest holds: that is what takes long
 * @param signal ends the comparison
 */
export async function lookAtConditions(
  judging: Judging,
  parts: CapabilityParts,
  verifying: boolean,
  signal?: AbortSignal,
): Promise<{ conditions: Condition[]; monolith: RetirementAnswer | undefined }> {
  const monolith = await parts.sidecars.retirement('monolith').catch(() => undefined);
  const conditions = [
    ...(await ownedByService(parts)),
    await readsAreFlipped(judging, parts),
    ...(monolith
      ? [...usedByNobody(monolith, judging.quietTime), ...neededByNothing(monolith)]
      : [silent(parts)]),
  ];
  const others = conditions.every(({ met }) => met);
  return {
    conditions: [...conditions, await verified(judging, parts, verifying && others, signal)],
    monolith,
  };
}

/** Those that are not met, as sentences. */
export function unmet(conditions: readonly Condition[]): string[] {
  return conditions.flatMap(({ met, seen, advice }) => (met ? [] : [advice ? `${seen}: ${advice}` : seen]));
}

function condition(name: string, met: boolean, seen: string, advice: string): Condition {
  return { name, met, seen, advice: met ? null : advice };
}

async function ownedByService(parts: CapabilityParts): Promise<Condition[]> {
  const { capability, database, flags, sidecars } = parts;
  const [state, open, sides] = await Promise.all([
    readState(database, capability),
    readOpen(database, capability),
    askBothSides(sidecars),
  ]);
  const owned = bucketsOf(sides).filter(({ owner }) => owner === 'service').length;
  const flag = flags.of(capability);
  const wanted = flag.kind === 'percent' ? `${flag.percent} %` : flag.reason;
  const handOver = `"npx strangler handover ${capability} --percent 100"`;
  const resting = state.stoppedReason ?? state.paused?.reason;
  return [
    condition(
      'owned',
      owned === bucketCount,
      sides.silences[0] ?? `the service owns ${owned} of ${bucketCount} buckets`,
      `hand over the rest with ${handOver}`,
    ),
    condition(
      'wanted',
      flag.kind === 'percent' && flag.percent === bucketCount && !state.rollingBack,
      state.rollingBack ? 'it is being rolled back' : `the flag wants ${wanted}`,
      `say that all is to stay with the service, with ${handOver}`,
    ),
    condition(
      'no hand-over',
      open.length === 0,
      open.length === 0 ? 'none is open' : `${open.length} hand-overs are open`,
      `wait until "npx strangler owner ${capability}" shows none`,
    ),
    condition(
      'not held up',
      resting === undefined || resting === null,
      resting ? `it is ${state.stoppedReason === null ? 'paused' : 'stopped'} (${resting})` : 'it is not',
      `"npx strangler resume ${capability}" when that is settled`,
    ),
  ];
}

async function readsAreFlipped(
  { readsAtMonolith }: Judging,
  { capability }: CapabilityParts,
): Promise<Condition> {
  const name = 'reads flipped';
  try {
    const reads = await readsAtMonolith(capability);
    const said = reads.map(
      ({ flag, percent }) =>
        `${flag} sends ${percent === null ? 'some of the reads' : `${percent} %`} to the service`,
    );
    const advice = reads.map(({ flag }) => `"npx strangler flip ${flag} 100"`).join(', ');
    return condition(name, reads.length === 0, said.join(', ') || 'all to the service', advice);
  } catch (error) {
    return condition(name, false, messageOf(error), 'bring it back, start one, or end it');
  }
}

function silent({ capability }: CapabilityParts): Condition {
  const seen = "the monolith's sidecar does not say who uses its part";
  return condition(
    'unused',
    false,
    seen,
    `does it run, and is it as new as this? "npx strangler ps", for ${capability}`,
  );
}

function usedByNobody(answer: RetirementAnswer, quietTime: number): Condition[] {
  const { capability, instances, notedSince, openWork } = answer;
  return [
    condition(
      'noted',
      instances.length > 0 && notedSince !== null,
      instances.length > 0
        ? `${instances.length} instances of the monolith note what they are asked`
        : 'no instance of the monolith notes what it is asked',
      'start the monolith in a version that does; it must run while its part is retired',
    ),
    quiet(answer, quietTime),
    condition(
      'no open work',
      openWork.length === 0,
      openWork.map(({ what, count }) => `${count} ${what}`).join(', ') || 'none',
      `the monolith has still to end that; its log says what it waits for, look there for ${capability}`,
    ),
  ];
}

/** What other modules have built in the database upon the tables that go: one condition for each. */
function neededByNothing({ dependents, capability }: RetirementAnswer): Condition[] {
  const name = 'unreferenced';
  if (!dependents)
    return [
      condition(
        name,
        false,
        "the monolith's sidecar does not look at what else uses the tables",
        `start one that is as new as this, for ${capability}`,
      ),
    ];
  if (dependents.length === 0)
    return [condition(name, true, 'no foreign key, view, trigger or routine of others uses the tables', '')];
  return dependents.map(({ what, advice }) => condition(name, false, what, advice));
}

/** The quiet time is counted from the last use, or from when uses began to be noted. */
function quiet({ capability, uses, notedSince, at }: RetirementAnswer, quietTime: number): Condition {
  const [last] = uses;
  const lasting = notedSince === null ? 0 : Date.parse(at) - Date.parse(latest(notedSince, last?.usedAt));
  const seen = last
    ? `the monolith was last asked for ${last.endpoint} on ${last.usedAt}`
    : notedSince === null
      ? 'nobody knows what the monolith is asked'
      : `the monolith was asked for nothing since ${notedSince}`;
  return condition(
    'quiet',
    lasting >= quietTime,
    `${seen}, ${minutes(lasting)} ago`,
    `nothing of ${capability} may reach the monolith for ${minutes(quietTime)}; find out who still asks it directly`,
  );
}

/** Of two times as ISO 8601 writes them. */
function latest(one: string, other: string | undefined): string {
  return other !== undefined && other > one ? other : one;
}

async function verified(
  { verify }: Judging,
  { capability }: CapabilityParts,
  verifying: boolean,
  signal: AbortSignal | undefined,
): Promise<Condition> {
  const name = 'verified';
  if (!verify)
    return condition(
      name,
      false,
      'nothing here can compare both sides',
      'start the control plane with CONTROL_VERIFY=true',
    );
  if (!verifying) return condition(name, true, 'when all the rest holds', '');
  const { ok, detail } = await verify(capability, signal);
  return condition(
    name,
    ok,
    detail,
    `both sides are not known to be equal, see "npx strangler data verify ${capability}"`,
  );
}

function minutes(milliseconds: number): string {
  return milliseconds < 120_000
    ? `${Math.round(milliseconds / 1_000)} seconds`
    : `${Math.round(milliseconds / 60_000)} minutes`;
}
