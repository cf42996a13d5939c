import { UniqueConstraintError } from 'sequelize';
import type { GateReading, PlannedStep } from '#contracts/strangler/control-plane.js';
import { readAbandonment } from '../abandon/abandonment.js';
import { carryAbandonment } from '../abandon/carry-abandonment.js';
import { readCompletion } from '../complete/completion.js';
import type { Judging } from '../complete/conditions.js';
import { comeBack, leadCompletion } from '../complete/lead-completion.js';
import type { OwnerFlag } from '../flags/read-owner-flag.js';
import { changeState, noteFailures } from '../journal/change-state.js';
import { confirmTerm, type Leader } from '../fence/fence.js';
import { type HandOver, isClosed } from '../journal/hand-over.js';
import { type CapabilityState, countDone, readOpen, readState } from '../journal/read-journal.js';
import { beginUnlessOvertaken } from '../journal/write-journal.js';
import { overtaken } from '../leadership/while-it-stands.js';
import { isWanted, planSteps } from '../plan/plan-steps.js';
import {
  askBothSides,
  type BothSides,
  bucketsOf,
  knowsThatItIsVoid,
  ownedByNobody,
} from '../sides/both-sides.js';
import { adopt } from './adopt.js';
import { backOffAfter, type CapabilityParts } from '../capability/capability-parts.js';
import { carryOn } from './carry-on.js';
import { type Decided, passGates } from './pass-gates.js';
import { itself, pause, pauseIfGoneBack } from './pause.js';
import { stopIfOwnedTwice } from './stop-if-owned-twice.js';
import { wantedShare } from './wanted-share.js';

/**
 * Something is to be done at once, or at the next look; `later`: what was asked does not answer, or is held by others;
 * `at-rest`: all is as it is wanted, and whoever wants something else rings.
 */
type Next = 'again' | 'at-next-look' | 'later' | 'at-rest';

/** Until the first further try to carry on with what does not answer; writers may wait behind each try. */
const firstRetry = 300;
/** How many times the usual pause is made while all is as wanted: each look asks both sides, and costs them a dozen statements. */
const restingLooks = 3;
/** Between two tries to set a flag in an Unleash that is away. */
const flagRetryEvery = 5_000;

/**
 * Leads a capability to its wanted share, one hand-over after the other, until the signal aborts.
 * @throws AppError `deposed` when another leader has taken over
 */
export async function reconcile(
  parts: CapabilityParts,
  leader: Leader,
  judging: Judging,
  signal: AbortSignal,
): Promise<void> {
  const { bell, logger, capability, settings } = parts;
  const rollFlagBack = flagRollBack(parts);
  let retry = firstRetry;
  while (!signal.aborted) {
    let next: Next = 'at-next-look';
    try {
      await confirmTerm(leader);
      const completion = await readCompletion(parts.database, capability);
      if (completion) next = await leadCompletion(parts, leader, judging, completion, signal);
      else {
        await rollFlagBack();
        next = await lookOnce(parts, leader, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      const { code } = error as { code?: unknown };
      if (code === 'deposed') throw error;
      if (code === 'version_mismatch') next = 'again';
      else logger.error({ err: error, capability }, 'reconciling failed; it is tried again');
    }
    retry = next === 'later' ? Math.min(retry * 2, settings.grantPatience) : firstRetry;
    const waits = {
      again: 0,
      later: retry,
      'at-next-look': settings.interval,
      'at-rest': restingLooks * settings.interval,
    };
    if (next !== 'again') await bell.wait(waits[next], signal);
  }
}

async function lookOnce(parts: CapabilityParts, leader: Leader, signal: AbortSignal): Promise<Next> {
  const { capability, database } = parts;
  // Looked at once: a flag that changes meanwhile must not move anything before it is noted, which begins a new run.
  const flag = parts.flags.of(capability);
  const state = await noteFlag(parts, leader, await readState(database, capability), flag);
  const abandoned = await readAbandonment(database, capability);
  if (abandoned && abandoned.state !== 'done')
    return (await carryAbandonment(parts, leader, abandoned)) ? 'again' : 'at-next-look';
  if (state.stoppedReason !== null) return 'at-next-look';
  const open = await readOpen(database, capability);
  if (open.length > 0) return carryAllOn(parts, leader, signal, open);
  const sides = await askBothSides(parts.sidecars);
  if (await isHeldBy(sides, parts, leader, state)) return 'at-next-look';
  if (sides.answers.monolith?.leaving) return comeBack(parts);
  // One that was abandoned and is there again lets go as soon as it hears of that.
  if (!knowsThatItIsVoid(sides)) return 'at-next-look';
  if (await stopIfOwnedTwice(parts, leader, sides)) return 'at-next-look';
  const orphans = ownedByNobody(bucketsOf(sides));
  if (orphans.length > 0) {
    await adopt(parts, leader, state, orphans);
    return 'again';
  }
  const { percent } = wantedShare(state, flag, false);
  const resting = state.paused !== null || state.resting;
  if (percent === null || resting) return 'at-next-look';
  const [step] = await stepsFor(parts, state, sides, percent);
  if (!step) return 'at-rest';
  const decided = { state, percent, step, sides };
  const passed = await passGates(parts, leader, signal, decided);
  if (passed === overtaken) return 'again';
  if ('shut' in passed) return noteHeldUp(parts, step, passed.shut);
  return begin(parts, leader, { ...decided, sides: passed.sides });
}

/** Nothing can be led while a side is silent, or a database has gone back in time. */
async function isHeldBy(
  sides: BothSides,
  parts: CapabilityParts,
  leader: Leader,
  state: CapabilityState,
): Promise<boolean> {
  // Asked first: the side that has gone back may be silent still.
  return (await pauseIfGoneBack(parts, leader, state, sides)) || sides.silences.length > 0;
}

/** Takes over what the flag says, so that the audit knows when it changed and each change begins a new run. */
async function noteFlag(
  { capability }: CapabilityParts,
  leader: Leader,
  state: CapabilityState,
  flag: OwnerFlag,
): Promise<CapabilityState> {
  if (flag.kind !== 'percent') return state;
  const rolledBack = state.rollingBack && flag.percent === 0;
  if (flag.percent === state.wantedPercent && !rolledBack) return state;
  return changeState(
    leader,
    capability,
    { wantedPercent: flag.percent, ...(rolledBack ? { rollingBack: false } : {}) },
    // What somebody has asked for since the state was read counts more than what the flag said then.
    { who: itself, action: 'take over the flag', reason: null, expectedVersion: state.version },
  );
}

/** The flag follows a roll-back as soon as Unleash lets it; until then the roll-back counts more than the flag. */
function flagRollBack(parts: CapabilityParts): () => Promise<void> {
  const { database, capability, flags, setFlag, sharesBeingSet, flagTurns, logger } = parts;
  let triedAt = -Infinity;
  return async () => {
    if (sharesBeingSet.size > 0) return;
    const flag = flags.of(capability);
    if (flag.kind !== 'percent' || flag.percent === 0 || performance.now() - triedAt < flagRetryEvery) return;
    if (!(await readState(database, capability)).rollingBack) return;
    triedAt = performance.now();
    await flagTurns(async () => {
      if (sharesBeingSet.size === 0) await setFlag(capability, 0, 'rolled back');
    }).catch((error: unknown) => {
      logger.warn({ err: error, capability }, 'the flag could not be rolled back yet; ownership is');
    });
  };
}

async function carryAllOn(
  parts: CapabilityParts,
  leader: Leader,
  signal: AbortSignal,
  open: readonly HandOver[],
): Promise<Next> {
  const { capability, database } = parts;
  let next: Next = 'again';
  for (const handOver of open) {
    // Each may take seconds, in which somebody may want something else.
    const state = await readState(database, capability);
    const wants = (one: HandOver) => isStillFor(parts, state, one);
    const carrier = { leader, signal, parts, wants, paused: state.paused !== null };
    const after = await carryOn(carrier, handOver);
    if (isClosed(after.state)) await countOutcome(parts, leader, state, after, wants(after));
    else next = 'later';
    if (after.attempts > handOver.attempts) await pauseWhenBlockedTooOften(parts, leader, after);
  }
  return next;
}

/** A flag that nobody could ask for yet stands as it was understood last; one that can't be followed wants nothing. */
function isStillFor(
  { flags, capability }: CapabilityParts,
  state: CapabilityState,
  { buckets, to }: HandOver,
): boolean {
  const flag = flags.of(capability);
  const { percent } = wantedShare(state, flag, false);
  const wanted = flag.kind === 'unknown' ? (percent ?? state.wantedPercent) : percent;
  const numbers = buckets.map(({ bucket }) => bucket);
  return wanted !== null && isWanted(numbers, to, wanted);
}

async function countOutcome(
  parts: CapabilityParts,
  leader: Leader,
  state: CapabilityState,
  handOver: HandOver,
  stillWanted: boolean,
): Promise<void> {
  const { capability, settings } = parts;
  if (handOver.state === 'done') {
    if (state.failures > 0) await noteFailures(leader, capability, 0, null);
    return;
  }
  if (!stillWanted) return;
  const failures = state.failures + 1;
  await noteFailures(leader, capability, failures, backOffAfter(settings, failures, leader.clock.now()));
  if (failures >= settings.mostFailures)
    await pause(
      parts,
      leader,
      `${failures} hand-overs in a row were given up, the last one because ${handOver.reason}`,
    );
}

async function pauseWhenBlockedTooOften(
  parts: CapabilityParts,
  leader: Leader,
  { attempts, from, buckets, blockers }: HandOver,
): Promise<void> {
  if (attempts % parts.settings.mostFailures !== 0) return;
  const who = blockers.map(
    ({ connection, who: account, seconds, statement }) =>
      `connection ${connection} of ${account}, whose transaction is ${Math.round(seconds)} s old${statement ? ` and runs ${statement}` : ''}`,
  );
  await pause(
    parts,
    leader,
    `the ${from} could not release ${buckets.length === 1 ? 'bucket' : 'buckets'} ${buckets.map(({ bucket }) => bucket).join(', ')} in ${attempts} tries, ` +
      `held up by ${who.join(' and ') || 'a transaction that nobody could name'}`,
  );
}

/** The hand-overs that are left, as large as the run has earned. */
export async function stepsFor(
  { database, capability, settings }: CapabilityParts,
  { run }: CapabilityState,
  sides: BothSides,
  percent: number,
): Promise<PlannedStep[]> {
  const buckets = bucketsOf(sides);
  const sizes = settings.stepSizes;
  if (planSteps(buckets, percent, sizes, { monolith: 0, service: 0 }).length === 0) return [];
  return planSteps(buckets, percent, sizes, await countDone(database, capability, run));
}

function noteHeldUp(
  { capability, logger }: CapabilityParts,
  { to, buckets }: PlannedStep,
  { name, reason }: GateReading,
): Next {
  logger.info({ capability, to, buckets, gate: name, reason }, 'a hand-over is held up');
  return 'at-next-look';
}

/** Writes it down, unless something else is wanted by now: the gates may have taken minutes. */
async function begin(
  { capability, flags }: CapabilityParts,
  leader: Leader,
  { state, percent, sides, step: { from, to, buckets } }: Decided,
): Promise<Next> {
  if (wantedShare(state, flags.of(capability), false).percent !== percent) return 'again';
  const { run, version } = state;
  const rows = new Map(sides.answers[from]?.rows.map((row) => [row.bucket, row]));
  const wanted = buckets.flatMap((bucket) => {
    const row = rows.get(bucket);
    return row?.state === 'owned' ? [{ bucket, expected: row.epoch }] : [];
  });
  if (wanted.length < buckets.length) return 'again';
  try {
    const handOver = { capability, from, to, run, buckets: wanted, state: 'releasing' } as const;
    await beginUnlessOvertaken(leader, handOver, version);
  } catch (error) {
    // An open hand-over of one of the buckets was begun meanwhile: it is found at the next look.
    if (!(error instanceof UniqueConstraintError)) throw error;
  }
  return 'again';
}
