import { messageOf } from '#platform/telemetry/message-of.js';
import type { Leader } from '../fence/fence.js';
import {
  grantedByVeto,
  grantedIn,
  type HandOver,
  isClosed,
  releasedIn,
  reopenedIn,
  unsettled,
} from '../journal/hand-over.js';
import { advance, asExpected, asTokens, noteBlocked } from '../journal/write-journal.js';
import { backOffAfter, type CapabilityParts } from '../capability/capability-parts.js';

/** Who carries hand-overs on: the leader, for as long as the signal is not aborted. */
export interface Carrier {
  leader: Leader;
  signal: AbortSignal;
  parts: CapabilityParts;
  /** Is what the hand-over is for still wanted? */
  wants(handOver: HandOver): boolean;
  /** Nothing is released; what was released already goes on. */
  paused: boolean;
}

/** Milliseconds between two looks at whether the grant is there, where no announcement comes first. */
const lookEvery = 100;

/**
 * Carries a hand-over on from wherever the journal says it is, until it is closed or has to wait. Every step may have been
 * taken before by a leader that did not live to write it down: each is the same when it is taken again, since all
 * requests name the epochs with which the hand-over was begun.
 * @returns as the journal has it now; open where something doesn't answer, or a release is to be tried again later
 * @throws AppError `deposed` when another leader has taken over
 */
export async function carryOn(carrier: Carrier, handOver: HandOver): Promise<HandOver> {
  let current = handOver;
  while (!isClosed(current.state)) {
    carrier.signal.throwIfAborted();
    const next = await oneStep(carrier, current);
    if (next === 'later') return current;
    if (next.state === current.state) return next;
    carrier.parts.logger.info(describe(next), 'hand-over');
    current = next;
  }
  return current;
}

function describe({ id, capability, from, to, state, buckets, reason }: HandOver): object {
  return { handOver: id, capability, from, to, state, buckets: buckets.map(({ bucket }) => bucket), reason };
}

function oneStep(carrier: Carrier, handOver: HandOver): Promise<HandOver | 'later'> {
  switch (handOver.state) {
    case 'releasing':
      return release(carrier, handOver);
    case 'granting':
      return awaitGrant(carrier, handOver);
    case 'vetoing':
      return veto(carrier, handOver);
    default:
      return reopen(carrier, handOver);
  }
}

async function release(carrier: Carrier, handOver: HandOver): Promise<HandOver | 'later'> {
  const { leader, parts } = carrier;
  const { settings, sidecars } = parts;
  if (!carrier.wants(handOver))
    return advance(leader, handOver, { to: 'vetoing', reason: 'it is not wanted any more' });
  if (carrier.paused) return goOnIfReleased(carrier, handOver);
  if ((handOver.nextTryAt?.getTime() ?? 0) > leader.clock.now().getTime()) return 'later';
  try {
    const answer = await sidecars.release(handOver.from, {
      handOver: handOver.id,
      buckets: asExpected(handOver),
      patience: settings.releasePatience,
      killBlockers: settings.killBlockers,
    });
    if (answer.outcome === 'released') return await advance(leader, handOver, { to: 'granting' });
    const nextTryAt = backOffAfter(settings, handOver.attempts + 1, leader.clock.now());
    return await noteBlocked(leader, handOver, answer, nextTryAt);
  } catch (error) {
    return laterUnlessLate(
      carrier,
      handOver,
      error,
      `the ${handOver.from}'s sidecar does not answer the release`,
    );
  }
}

/** A leader may have been killed after its release: then the buckets have no owner, and a pause is no reason to leave them so. */
async function goOnIfReleased({ leader, parts }: Carrier, handOver: HandOver): Promise<HandOver | 'later'> {
  try {
    const { rows } = await parts.sidecars.rows(handOver.from);
    if (releasedIn(handOver, rows).length === 0) return 'later';
    return await advance(leader, handOver, { to: 'granting' });
  } catch (error) {
    rethrowOwn(error);
    parts.logger.warn({ ...describe(handOver), err: error }, 'the releasing side could not be asked');
    return 'later';
  }
}

/** The request may have been served although no answer came: only a veto makes an end of it. */
async function laterUnlessLate(
  { leader, parts }: Carrier,
  handOver: HandOver,
  error: unknown,
  what: string,
): Promise<HandOver | 'later'> {
  rethrowOwn(error);
  const { logger, settings } = parts;
  logger.warn({ ...describe(handOver), err: error }, what);
  if (changedSince(leader, handOver) < settings.grantPatience) return 'later';
  return advance(leader, handOver, { to: 'vetoing', reason: `${what}: ${messageOf(error)}` });
}

async function awaitGrant(carrier: Carrier, handOver: HandOver): Promise<HandOver> {
  const { leader, parts, signal } = carrier;
  const patience = parts.settings.grantPatience;
  for (;;) {
    signal.throwIfAborted();
    const granted = await grantedNow(parts, handOver);
    const settled = { buckets: granted, outcome: 'granted' as const };
    if (granted.length === handOver.buckets.length) return advance(leader, handOver, { to: 'done', settled });
    if (changedSince(leader, handOver) >= patience) {
      const missing = handOver.buckets.filter(({ bucket }) => !granted.includes(bucket)).length;
      const reason = `after ${patience} ms ${missing} of ${handOver.buckets.length} buckets had not arrived at the ${handOver.to}`;
      return advance(leader, handOver, { to: 'vetoing', settled, reason });
    }
    await parts.heard.wait(lookEvery, signal);
  }
}

async function grantedNow({ sidecars, logger }: CapabilityParts, handOver: HandOver): Promise<number[]> {
  try {
    return grantedIn(handOver, (await sidecars.rows(handOver.to)).rows);
  } catch (error) {
    logger.warn({ ...describe(handOver), err: error }, 'the receiving side could not be asked');
    return [];
  }
}

async function veto({ leader, parts }: Carrier, handOver: HandOver): Promise<HandOver | 'later'> {
  const asked = asTokens(handOver);
  try {
    const answer = await parts.sidecars.veto(handOver.to, { handOver: handOver.id, buckets: asked });
    const told = new Set(answer.buckets.map(({ bucket }) => bucket));
    if (!asked.every(({ bucket }) => told.has(bucket)))
      throw new Error(answer.refused ?? 'the answer leaves buckets out');
    const granted = grantedByVeto(answer).filter((bucket) => asked.some((one) => one.bucket === bucket));
    const settled = { buckets: granted, outcome: 'granted' as const };
    return await advance(leader, handOver, {
      to: granted.length === asked.length ? 'done' : 'reopening',
      settled,
    });
  } catch (error) {
    rethrowOwn(error);
    parts.logger.warn({ ...describe(handOver), err: error }, 'the veto was not answered; it is asked again');
    return 'later';
  }
}

async function reopen({ leader, parts }: Carrier, handOver: HandOver): Promise<HandOver | 'later'> {
  const open = unsettled(handOver);
  try {
    const { rows, refused } = await parts.sidecars.reopen(handOver.from, {
      handOver: handOver.id,
      buckets: asExpected(handOver),
    });
    if (refused) throw new Error(refused);
    const reopened = reopenedIn(handOver, rows);
    if (reopened.length < open.length)
      throw new Error(
        `buckets ${open
          .map(({ bucket }) => bucket)
          .filter((bucket) => !reopened.includes(bucket))
          .join(', ')} are not owned by the ${handOver.from} after it was asked to reopen them`,
      );
    return await advance(leader, handOver, {
      to: 'given-up',
      settled: { buckets: reopened, outcome: 'reopened' },
    });
  } catch (error) {
    rethrowOwn(error);
    parts.logger.warn({ ...describe(handOver), err: error }, 'the reopening failed; it is asked for again');
    return 'later';
  }
}

/** Milliseconds for which it is in its state, whoever wrote that down. */
function changedSince({ clock }: Leader, { changedAt }: HandOver): number {
  return clock.now().getTime() - changedAt.getTime();
}

/** What our own journal throws is no answer of a sidecar. */
function rethrowOwn(error: unknown): void {
  const { code, name } = error as { code?: unknown; name?: string };
  if (code === 'deposed' || name?.startsWith('Sequelize')) throw error;
}
