import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { runTransaction } from '#platform/database/run-transaction.js';
import { AppError } from '#platform/errors/app-error.js';
import { type JournalClock, journalClock } from './journal-clock.js';

/** The right to write to the journal: ends when a newer leader takes its term. */
export interface Leader {
  database: Sequelize;
  term: number;
  /** What all its deadlines are judged by. */
  clock: JournalClock;
}

/**
 * Begins the term of a new leader. It waits for what an older one is just writing; whatever that one writes later is
 * refused. The lease tells who should lead, this row who may: a broker that has lost its store can make two holders.
 * @param self id of this process
 * @returns who has a term greater than all before
 */
export function takeTerm(database: Sequelize, self: string): Promise<Leader> {
  return runTransaction(database, async (transaction) => {
    await database.query(
      'UPDATE leader_term SET term = term + 1, leader = ?, taken_at = UTC_TIMESTAMP(3) WHERE id = 1',
      { replacements: [self], transaction },
    );
    const [row] = await database.query<{ term: number; now: Date }>(
      'SELECT term, UTC_TIMESTAMP(3) AS now FROM leader_term WHERE id = 1',
      { type: QueryTypes.SELECT, transaction },
    );
    if (!row) throw new Error('the row of terms is gone: somebody has removed it from the database');
    return { database, term: row.term, clock: journalClock(row.now) };
  });
}

/**
 * Makes sure that this is still the newest leader, for those who have nothing to write.
 * @throws AppError `deposed` when it isn't
 */
export async function confirmTerm(leader: Leader): Promise<void> {
  await write(leader, () => Promise.resolve());
}

/**
 * Writes to the journal, if this is still the newest leader.
 * @throws AppError `deposed` when it isn't
 */
export function write<Result>(
  { database, term, clock }: Leader,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  return runTransaction(database, async (transaction) => {
    const [row] = await database.query<{ term: number; leader: string; now: Date }>(
      'SELECT term, leader, UTC_TIMESTAMP(3) AS now FROM leader_term WHERE id = 1 LOCK IN SHARE MODE',
      { type: QueryTypes.SELECT, transaction },
    );
    if (row?.term !== term)
      throw new AppError(
        'deposed',
        `The term ${term} of this control plane is over: ${row?.leader} leads in term ${row?.term}`,
        { status: 503, retryAfter: 1 },
      );
    clock.heard(row.now);
    return work(transaction);
  });
}

export function isDeposed(error: unknown): boolean {
  return error instanceof AppError && error.code === 'deposed';
}
