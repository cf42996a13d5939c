import type { Transaction } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import type { HandOverState } from '#contracts/strangler/control-plane.js';
import type { Side } from '#contracts/strangler/move.js';
import type { Blocker } from '#contracts/strangler/ownership.js';
import { AppError } from '#platform/errors/app-error.js';
import { lockState } from './change-state.js';
import { type Leader, write } from '../fence/fence.js';
import { isBeingCompleted } from './read-journal.js';
import { sqlInstant } from '../fence/sql-instant.js';
import { type BucketOutcome, type HandOver, isClosed, mayFollow, unsettled } from './hand-over.js';

/** A hand-over that is about to begin. */
export interface NewHandOver {
  capability: string;
  from: Side;
  to: Side;
  run: number;
  buckets: readonly { bucket: number; expected: number }[];
  /** `granting` for one that somebody began without our journal knowing. */
  state: 'releasing' | 'granting';
}

/**
 * Writes down a hand-over before anybody is asked for anything, with the epochs that every request will name.
 * @throws a unique key's violation when one of its buckets has an open hand-over
 */
export function beginHandOver(leader: Leader, wanted: NewHandOver): Promise<HandOver> {
  return write(leader, (transaction) => insertHandOver(leader, transaction, wanted));
}

/**
 * The same, unless anybody has changed what is wanted or allowed since it was decided on: paused it, rolled it back,
 * begun to complete it. Decisions can be minutes old, since the gates look at all rows.
 * @param version of the capability's state on which the hand-over was decided
 * @returns undefined when it is overtaken: nothing was written
 */
export function beginUnlessOvertaken(
  leader: Leader,
  wanted: NewHandOver,
  version: number,
): Promise<HandOver | undefined> {
  const { database } = leader;
  return write(leader, async (transaction) => {
    const state = await lockState(leader, wanted.capability, transaction);
    const held = state.paused !== null || state.stoppedReason !== null;
    if (state.version !== version || held) return undefined;
    if (await isBeingCompleted(database, wanted.capability, transaction)) return undefined;
    return insertHandOver(leader, transaction, wanted);
  });
}

async function insertHandOver(
  leader: Leader,
  transaction: Transaction,
  { capability, from, to, run, buckets, state }: NewHandOver,
): Promise<HandOver> {
  const id = uuidv7();
  const now = leader.clock.now();
  await leader.database.query(
    `INSERT INTO hand_over (id, capability, from_side, to_side, run, state, attempts, begun_at, changed_at)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`,
    { replacements: [id, capability, from, to, run, state, sqlInstant(now), sqlInstant(now)], transaction },
  );
  await leader.database.getQueryInterface().bulkInsert(
    'hand_over_bucket',
    buckets.map(({ bucket, expected }) => ({ hand_over_id: id, bucket, capability, expected, open: 1 })),
    { transaction },
  );
  await noteStep(leader, transaction, id, state, null);
  return {
    ...{ id, capability, from, to, run, state, attempts: 0, nextTryAt: null, blockers: [], reason: null },
    ...{ begunAt: now, changedAt: now, closedAt: null },
    buckets: buckets.map(({ bucket, expected }) => ({ bucket, expected, outcome: null })),
  };
}

/** What changes with a hand-over's state. */
export interface Progress {
  to: HandOverState;
  /** Buckets whose outcome is known now. */
  settled?: { buckets: readonly number[]; outcome: BucketOutcome };
  /** Why it is given up. */
  reason?: string;
}

/**
 * Takes a hand-over to its next state, if it is still in the state that it was read in.
 * @throws AppError `deposed` when somebody else has taken it on
 */
export function advance(leader: Leader, handOver: HandOver, progress: Progress): Promise<HandOver> {
  const { to, settled, reason = handOver.reason } = progress;
  if (!mayFollow(handOver.state, to))
    throw new Error(`a hand-over never goes from ${handOver.state} to ${to}`);
  const closed = isClosed(to);
  return write(leader, async (transaction) => {
    const now = leader.clock.now();
    if (settled) await settle(leader, transaction, handOver, settled);
    const [, changed] = await leader.database.query(
      `UPDATE hand_over SET state = ?, reason = ?, changed_at = ?, closed_at = ?, next_try_at = NULL
       WHERE id = ? AND state = ?`,
      {
        replacements: [
          to,
          reason,
          sqlInstant(now),
          closed ? sqlInstant(now) : null,
          handOver.id,
          handOver.state,
        ],
        transaction,
      },
    );
    requireOne(changed, handOver);
    if (closed) await closeBuckets(leader, transaction, handOver);
    await noteStep(leader, transaction, handOver.id, to, reason);
    return {
      ...handOver,
      state: to,
      reason,
      nextTryAt: null,
      changedAt: now,
      closedAt: closed ? now : null,
      buckets: handOver.buckets.map((one) =>
        settled?.buckets.includes(one.bucket) ? { ...one, outcome: settled.outcome } : one,
      ),
    };
  });
}

/**
 * Notes a release that gave up: nothing has changed, and it is asked for again later.
 * @param answer with who held it up, and what the sidecar lacks to name them all
 */
export function noteBlocked(
  leader: Leader,
  handOver: HandOver,
  { blockers, advice = null }: { blockers: readonly Blocker[]; advice?: string | null | undefined },
  nextTryAt: Date,
): Promise<HandOver> {
  return write(leader, async (transaction) => {
    const [, changed] = await leader.database.query(
      `UPDATE hand_over SET attempts = attempts + 1, blockers = ?, reason = ?, next_try_at = ?
       WHERE id = ? AND state = 'releasing'`,
      { replacements: [JSON.stringify(blockers), advice, sqlInstant(nextTryAt), handOver.id], transaction },
    );
    requireOne(changed, handOver);
    await noteStep(leader, transaction, handOver.id, 'blocked', JSON.stringify(blockers));
    return {
      ...handOver,
      attempts: handOver.attempts + 1,
      blockers: [...blockers],
      reason: advice,
      nextTryAt,
    };
  });
}

/** Ends one of which a side is lost, whatever its state: the buckets are its releasing side's, or were taken back. */
export async function closeAsGivenUp(
  leader: Leader,
  transaction: Transaction,
  handOver: HandOver,
  reason: string,
): Promise<void> {
  const now = sqlInstant(leader.clock.now());
  const open = unsettled(handOver).map(({ bucket }) => bucket);
  await settle(leader, transaction, handOver, { buckets: open, outcome: 'reopened' });
  await leader.database.query(
    `UPDATE hand_over SET state = 'given-up', reason = ?, changed_at = ?, closed_at = ?, next_try_at = NULL WHERE id = ?`,
    { replacements: [reason, now, now, handOver.id], transaction },
  );
  await closeBuckets(leader, transaction, handOver);
  await noteStep(leader, transaction, handOver.id, 'given-up', reason);
}

function settle(
  { database }: Leader,
  transaction: Transaction,
  { id }: HandOver,
  { buckets, outcome }: NonNullable<Progress['settled']>,
): Promise<unknown> {
  if (buckets.length === 0) return Promise.resolve();
  return database.query('UPDATE hand_over_bucket SET outcome = ? WHERE hand_over_id = ? AND bucket IN (?)', {
    replacements: [outcome, id, buckets],
    transaction,
  });
}

function closeBuckets({ database }: Leader, transaction: Transaction, { id }: HandOver): Promise<unknown> {
  return database.query('UPDATE hand_over_bucket SET open = NULL WHERE hand_over_id = ?', {
    replacements: [id],
    transaction,
  });
}

/** The trace of what was done, for people: decisions are made on the hand-over's row alone. */
function noteStep(
  { database, term, clock }: Leader,
  transaction: Transaction,
  id: string,
  state: string,
  detail: string | null,
): Promise<unknown> {
  return database.query(
    'INSERT INTO hand_over_step (hand_over_id, at, term, state, detail) VALUES (?, ?, ?, ?, ?)',
    { replacements: [id, sqlInstant(clock.now()), term, state, detail], transaction },
  );
}

function requireOne(result: unknown, { id, state }: HandOver): void {
  const { affectedRows } = result as { affectedRows: number };
  if (affectedRows !== 1)
    throw new AppError(
      'deposed',
      `The hand-over ${id} is not ${state} any more: somebody else carries it on`,
      {
        status: 503,
      },
    );
}

/** Every bucket of a hand-over that must still be asked about, as requests name it. */
export function asTokens(handOver: HandOver): { bucket: number; token: number }[] {
  return unsettled(handOver).map(({ bucket, expected }) => ({ bucket, token: expected + 1 }));
}

/** The same with the epochs that a release or a reopening expects. */
export function asExpected(handOver: HandOver): { bucket: number; expected: number }[] {
  return unsettled(handOver).map(({ bucket, expected }) => ({ bucket, expected }));
}
