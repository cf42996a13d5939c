import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { z } from 'zod';
import { handOverStates } from '#contracts/strangler/control-plane.js';
import type { Side } from '#contracts/strangler/move.js';
import { blockerSchema } from '#contracts/strangler/ownership.js';
import type { HandOver } from './hand-over.js';

/** What operators and flags want of a capability, and what keeps it from happening. */
export interface CapabilityState {
  capability: string;
  version: number;
  /** Version at which a person last said what is to be reached. */
  goalVersion: number;
  /** What the flag said when it was last understood; null before that. */
  wantedPercent: number | null;
  run: number;
  rollingBack: boolean;
  paused: { at: Date; by: string; reason: string } | null;
  stoppedReason: string | null;
  failures: number;
  nextTryAt: Date | null;
  /** That time had not come when this was read. */
  resting: boolean;
}

const stateRow = z.object({
  capability: z.string(),
  version: z.number(),
  goal_version: z.number(),
  wanted_percent: z.number().nullable(),
  run: z.number(),
  rolling_back: z.number(),
  paused_at: z.date().nullable(),
  paused_by: z.string().nullable(),
  paused_reason: z.string().nullable(),
  stopped_reason: z.string().nullable(),
  failures: z.number(),
  next_try_at: z.date().nullable(),
  resting: z.number(),
});

/** @returns the state before anything was said of it, where there is none yet */
export async function readState(
  database: Sequelize,
  capability: string,
  transaction: Transaction | null = null,
): Promise<CapabilityState> {
  const [row] = await database.query(
    `SELECT *, COALESCE(next_try_at > UTC_TIMESTAMP(3), 0) AS resting FROM capability_state WHERE capability = ?`,
    {
      replacements: [capability],
      type: QueryTypes.SELECT,
      transaction,
    },
  );
  return row ? toState(stateRow.parse(row)) : unsaid(capability);
}

function unsaid(capability: string): CapabilityState {
  return {
    ...{ capability, version: 0, goalVersion: 0, wantedPercent: null, run: 0, rollingBack: false },
    ...{ paused: null, stoppedReason: null, failures: 0, nextTryAt: null, resting: false },
  };
}

function toState(row: z.infer<typeof stateRow>): CapabilityState {
  const { capability, version, run, failures } = row;
  return {
    ...{ capability, version, run, failures },
    goalVersion: row.goal_version,
    wantedPercent: row.wanted_percent,
    rollingBack: row.rolling_back === 1,
    paused: row.paused_at && {
      at: row.paused_at,
      by: row.paused_by ?? '',
      reason: row.paused_reason ?? '',
    },
    stoppedReason: row.stopped_reason,
    nextTryAt: row.next_try_at,
    resting: row.resting === 1,
  };
}

/** Whether anybody has begun to complete the capability, and not taken it back. */
export async function isBeingCompleted(
  database: Sequelize,
  capability: string,
  transaction: Transaction,
): Promise<boolean> {
  const rows = await database.query('SELECT 1 FROM completion WHERE capability = ?', {
    replacements: [capability],
    type: QueryTypes.SELECT,
    transaction,
  });
  return rows.length > 0;
}

const side = z.enum(['monolith', 'service']);
/** More hand-overs than that do not make the next one any larger. */
const longestRun = 100;

const handOverRow = z.object({
  id: z.string(),
  capability: z.string(),
  from_side: side,
  to_side: side,
  run: z.number(),
  state: z.enum(handOverStates),
  attempts: z.number(),
  next_try_at: z.date().nullable(),
  blockers: z.string().nullable(),
  reason: z.string().nullable(),
  begun_at: z.date(),
  changed_at: z.date(),
  closed_at: z.date().nullable(),
});

const bucketRow = z.object({
  hand_over_id: z.string(),
  bucket: z.number(),
  expected: z.number(),
  outcome: z.enum(['granted', 'reopened']).nullable(),
});

/** Hand-overs that have to be carried on, oldest first. */
export function readOpen(
  database: Sequelize,
  capability: string,
  transaction: Transaction | null = null,
): Promise<HandOver[]> {
  const open = 'capability = ? AND closed_at IS NULL ORDER BY begun_at, id';
  return readHandOvers(database, open, [capability], transaction);
}

/** Hand-overs that have ended, newest first. */
export function readClosed(database: Sequelize, capability: string, most: number): Promise<HandOver[]> {
  return readHandOvers(
    database,
    'capability = ? AND closed_at IS NOT NULL ORDER BY closed_at DESC, id DESC LIMIT ?',
    [capability, most],
  );
}

const doneRow = z.object({ to_side: side, state: z.enum(handOverStates) });

/** Hand-overs of one run that are done, by the side that received, since the last one that was given up. */
export async function countDone(
  database: Sequelize,
  capability: string,
  run: number,
): Promise<Record<Side, number>> {
  const found = await database.query(
    `SELECT to_side, state FROM hand_over WHERE capability = ? AND run = ? AND closed_at IS NOT NULL
     ORDER BY closed_at DESC, id DESC LIMIT ${longestRun}`,
    { replacements: [capability, run], type: QueryTypes.SELECT },
  );
  const done = { monolith: 0, service: 0 };
  for (const { to_side, state } of found.map((row) => doneRow.parse(row))) {
    if (state === 'given-up') break;
    done[to_side] += 1;
  }
  return done;
}

async function readHandOvers(
  database: Sequelize,
  condition: string,
  values: (string | number)[],
  transaction: Transaction | null = null,
): Promise<HandOver[]> {
  const found = await database.query(`SELECT * FROM hand_over WHERE ${condition}`, {
    replacements: values,
    type: QueryTypes.SELECT,
    transaction,
  });
  const rows = found.map((row) => handOverRow.parse(row));
  if (rows.length === 0) return [];
  const buckets = await database.query(
    'SELECT hand_over_id, bucket, expected, outcome FROM hand_over_bucket WHERE hand_over_id IN (?) ORDER BY bucket',
    { replacements: [rows.map(({ id }) => id)], type: QueryTypes.SELECT, transaction },
  );
  const parsed = buckets.map((row) => bucketRow.parse(row));
  return rows.map((row) => toHandOver(row, parsed));
}

function toHandOver(
  row: z.infer<typeof handOverRow>,
  buckets: readonly z.infer<typeof bucketRow>[],
): HandOver {
  return {
    id: row.id,
    capability: row.capability,
    from: row.from_side,
    to: row.to_side,
    run: row.run,
    state: row.state,
    buckets: buckets
      .filter(({ hand_over_id }) => hand_over_id === row.id)
      .map(({ bucket, expected, outcome }) => ({ bucket, expected, outcome })),
    attempts: row.attempts,
    nextTryAt: row.next_try_at,
    blockers: row.blockers === null ? [] : z.array(blockerSchema).parse(JSON.parse(row.blockers)),
    reason: row.reason,
    begunAt: row.begun_at,
    changedAt: row.changed_at,
    closedAt: row.closed_at,
  };
}
