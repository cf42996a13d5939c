import type {
  CapabilityView,
  GateReading,
  HandOverView,
  PlannedStep,
} from '#contracts/strangler/control-plane.js';
import { ownershipGroup } from '#platform/ownership/bucket-of-key.js';
import type { CompletionView } from '#contracts/strangler/completion.js';
import { type Abandonment, readAbandonment } from '../abandon/abandonment.js';
import { canBeUndone, type Completion, isAtRest, readCompletion } from '../complete/completion.js';
import { readGates } from '../gates/gate.js';
import type { HandOver } from '../journal/hand-over.js';
import { type CapabilityState, readClosed, readOpen, readState } from '../journal/read-journal.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { stepsFor } from '../reconcile/reconcile.js';
import { wantedShare, type WantedShare } from '../reconcile/wanted-share.js';
import { askBothSides, type BothSides, bucketsOf } from '../sides/both-sides.js';

const recentHandOvers = 20;

/**
 * A capability as it stands now: from the journal, and from both sides, who are asked afresh. Leader and stand-by tell the same.
 * @param percent a share to look at instead of the one that is wanted
 */
export async function describeCapability(parts: CapabilityParts, percent?: number): Promise<CapabilityView> {
  const { capability, database, flags } = parts;
  const [state, completion, open, recent, sides, abandonment] = await Promise.all([
    readState(database, capability),
    readCompletion(database, capability),
    readOpen(database, capability),
    readClosed(database, capability, recentHandOvers),
    askBothSides(parts.sidecars),
    readAbandonment(database, capability),
  ]);
  const wanted = wantedShare(state, flags.of(capability), completion !== undefined);
  const goal = percent ?? wanted.percent;
  const answering = sides.silences.length === 0;
  // Another share would begin a new run, from its first small hand-over.
  const looked = percent === undefined ? state : { ...state, run: -1 };
  const steps = goal === null || !answering || completion ? [] : await stepsFor(parts, looked, sides, goal);
  const [step] = steps;
  const gates = step ? await readGates(parts.gates, { capability, step, sides, beginning: false }) : [];
  const buckets = bucketsOf(sides);
  return {
    capability,
    version: state.version,
    ...(completion
      ? judgeCompletion(completion, wanted)
      : afterAbandonment(
          judge(state, wanted, { open, steps, gates, silences: sides.silences }),
          abandonment,
          sides,
        )),
    completion: completion ? completionView(completion) : null,
    wanted: { flag: ownershipGroup(capability), ...wanted },
    paused: state.paused && { ...state.paused, at: state.paused.at.toISOString() },
    serviceBuckets: buckets.filter(({ owner }) => owner === 'service').length,
    buckets,
    openHandOvers: open.map(viewOf),
    steps,
    gates,
    recent: recent.map(viewOf),
  };
}

interface Found {
  open: readonly HandOver[];
  steps: readonly PlannedStep[];
  gates: readonly GateReading[];
  silences: readonly string[];
}

/** One that is at rest has nothing to say but what is not followed. */
function judgeCompletion(
  completion: Completion,
  { refused }: WantedShare,
): Pick<CapabilityView, 'state' | 'reasons'> {
  const { capability, state, problem } = completion;
  const flag =
    refused === null ? [] : [`${capability} stays with the service: the flag is not followed (${refused})`];
  if (isAtRest(completion)) return { state: 'completed', reasons: flag };
  return {
    state: 'completing',
    reasons: [...(problem === null ? [] : [`${state} waits for ${problem}`]), ...flag],
  };
}

/** As it is told. */
export function completionView(completion: Completion): CompletionView {
  const { state, begunBy: by, reason, problem } = completion;
  const times = { begunAt: completion.begunAt.toISOString(), changedAt: completion.changedAt.toISOString() };
  return { ...{ state, by, reason, problem }, ...times, canBeUndone: canBeUndone(completion) };
}

/** What matters most comes first. */
function judge(
  state: CapabilityState,
  wanted: WantedShare,
  { open, steps, gates, silences }: Found,
): Pick<CapabilityView, 'state' | 'reasons'> {
  if (state.stoppedReason !== null) return { state: 'stopped', reasons: [state.stoppedReason] };
  if (state.paused)
    return {
      state: 'paused',
      reasons: [`paused by ${state.paused.by}: ${state.paused.reason}`, ...silences],
    };
  const blocked = open.filter(({ attempts }) => attempts > 0).map(blockedText);
  if (open.length > 0)
    return {
      state: blocked.length + silences.length > 0 ? 'held' : 'moving',
      reasons: [...blocked, ...silences],
    };
  if (wanted.percent === null) return { state: 'refused', reasons: [wanted.refused, ...silences] };
  if (silences.length > 0) return { state: 'held', reasons: [...silences] };
  const shut = gates.flatMap(({ reason }) => reason ?? []);
  if (shut.length > 0) return { state: 'held', reasons: shut };
  if (steps.length === 0) return { state: 'settled', reasons: afterRollBack(wanted) };
  return state.nextTryAt !== null && state.resting
    ? {
        state: 'held',
        reasons: [`the last hand-over was given up; the next one begins ${time(state.nextTryAt)}`],
      }
    : { state: 'moving', reasons: [] };
}

/** As long as the side that was abandoned is not filled again. */
function afterAbandonment(
  judged: Pick<CapabilityView, 'state' | 'reasons'>,
  abandonment: Abandonment | undefined,
  { answers: { service } }: BothSides,
): Pick<CapabilityView, 'state' | 'reasons'> {
  if (!abandonment || (abandonment.state === 'done' && service?.filled)) return judged;
  const { by, reason, begunAt, state } = abandonment;
  const said = `the service's side was abandoned by ${by} ${time(begunAt)} (${reason})`;
  if (state !== 'done')
    return { state: 'moving', reasons: [`${said}: the monolith takes everything back in some seconds`] };
  return { ...judged, reasons: [`${said}: it owns nothing until it is filled again`, ...judged.reasons] };
}

function afterRollBack({ by, refused }: WantedShare): string[] {
  return by === 'rollback' && refused !== null
    ? [`everything was rolled back, and stays so until the flag says 0 %; but ${refused}`]
    : [];
}

function blockedText({ from, buckets, blockers, attempts, nextTryAt, reason }: HandOver): string {
  const who = blockers.map(
    ({ connection, who: account, seconds, statement, killed }) =>
      `connection ${connection} of ${account}, its transaction ${Math.round(seconds)} s old, ${statement ? `running ${statement}` : 'running nothing'}${killed ? ' (killed)' : ''}`,
  );
  return (
    `the ${from} could not release ${buckets.length === 1 ? 'bucket' : 'buckets'} ${buckets.map(({ bucket }) => bucket).join(', ')}` +
    ` (${attempts} ${attempts === 1 ? 'try' : 'tries'}): held by ${who.join('; ') || 'a transaction that could not be named'}` +
    (nextTryAt ? `; tried again ${time(nextTryAt)}` : '') +
    (reason === null ? '' : `. ${reason}`)
  );
}

function time(at: Date): string {
  return `at ${at.toISOString()}`;
}

function viewOf(handOver: HandOver): HandOverView {
  const { id, from, to, state, buckets, attempts, blockers, reason } = handOver;
  return {
    ...{ id, from, to, state, buckets, attempts, blockers, reason },
    nextTryAt: handOver.nextTryAt?.toISOString() ?? null,
    begunAt: handOver.begunAt.toISOString(),
    changedAt: handOver.changedAt.toISOString(),
    closedAt: handOver.closedAt?.toISOString() ?? null,
  };
}
