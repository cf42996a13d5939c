import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { z } from 'zod';
import { changeStateIn, type Mutation } from '../journal/change-state.js';
import { type Leader, write } from '../fence/fence.js';
import { readOpen } from '../journal/read-journal.js';
import { sqlInstant } from '../fence/sql-instant.js';
import { closeAsGivenUp } from '../journal/write-journal.js';

/** The service's side of a capability, given up for lost: the monolith owns everything again. */
export interface Abandonment {
  capability: string;
  /**
   * `marking`: the monolith's database is asked to note it; `announcing`: whoever may still be there on the lost side hears of it;
   * `done`: the monolith owns all buckets.
   */
  state: 'marking' | 'announcing' | 'done';
  /** What the lost side owned, or was given, up to this epoch counts no more. */
  voidUpTo: number;
  by: string;
  reason: string;
  begunAt: Date;
  /** Since when it is in its state. */
  changedAt: Date;
}

const storedRow = z.object({
  capability: z.string(),
  state: z.enum(['marking', 'announcing', 'done']),
  void_up_to: z.number(),
  begun_by: z.string(),
  reason: z.string(),
  begun_at: z.date(),
  changed_at: z.date(),
});

/** The last one, or undefined where there never was any. */
export async function readAbandonment(
  database: Sequelize,
  capability: string,
  transaction: Transaction | null = null,
): Promise<Abandonment | undefined> {
  const [found] = await database.query('SELECT * FROM abandonment WHERE capability = ?', {
    replacements: [capability],
    type: QueryTypes.SELECT,
    transaction,
  });
  if (!found) return undefined;
  const row = storedRow.parse(found);
  return {
    ...{ capability, state: row.state, voidUpTo: row.void_up_to, by: row.begun_by, reason: row.reason },
    ...{ begunAt: row.begun_at, changedAt: row.changed_at },
  };
}

/** The newest epoch that any hand-over of the journal can have led to: token and reopening included. */
export async function newestEpoch(database: Sequelize, capability: string): Promise<number> {
  const [row] = await database.query<{ newest: number | null }>(
    'SELECT MAX(expected) + 2 AS newest FROM hand_over_bucket WHERE capability = ?',
    { replacements: [capability], type: QueryTypes.SELECT },
  );
  return Number(row?.newest ?? 0);
}

/** Begins it, and a roll-back with it: nothing goes to that side again by itself. @throws AppError as the mutation's check, `deposed` */
export function beginAbandonment(
  leader: Leader,
  { capability, voidUpTo }: Pick<Abandonment, 'capability' | 'voidUpTo'>,
  mutation: Mutation,
): Promise<void> {
  const change = { rollingBack: true, paused: null, stoppedReason: null, failures: 0, nextTryAt: null };
  return write(leader, async (transaction) => {
    await changeStateIn(leader, transaction, capability, change, mutation);
    const now = sqlInstant(leader.clock.now());
    await leader.database.query(
      `REPLACE INTO abandonment (capability, state, void_up_to, begun_by, reason, begun_at, changed_at)
       VALUES (?, 'marking', ?, ?, ?, ?, ?)`,
      { replacements: [capability, voidUpTo, mutation.who, mutation.reason, now, now], transaction },
    );
  });
}

/** The monolith's database has noted it, so that its sidecar says so. */
export function beginAnnouncing(leader: Leader, { capability }: Abandonment): Promise<void> {
  return write(leader, async (transaction) => {
    await leader.database.query(
      "UPDATE abandonment SET state = 'announcing', changed_at = ? WHERE capability = ? AND state = 'marking'",
      { replacements: [sqlInstant(leader.clock.now()), capability], transaction },
    );
  });
}

/** The monolith owns everything: hand-overs with the lost side have ended. */
export function endAbandonment(leader: Leader, { capability, by }: Abandonment): Promise<void> {
  return write(leader, async (transaction) => {
    for (const handOver of await readOpen(leader.database, capability, transaction))
      await closeAsGivenUp(leader, transaction, handOver, `the service's side was abandoned by ${by}`);
    await leader.database.query(
      "UPDATE abandonment SET state = 'done', changed_at = ? WHERE capability = ? AND state = 'announcing'",
      { replacements: [sqlInstant(leader.clock.now()), capability], transaction },
    );
  });
}
