import type { Sequelize, Transaction } from 'sequelize';
import { runTransaction } from '#platform/database/run-transaction.js';
import type { Write } from '#platform/http/route.js';
import { guardKeys } from './guard-keys.js';

/**
 * Begins the transactions of writes: the first statement of each holds the ownership of what is written, so that a
 * side that does not own it can't write. A refused write leaves nothing behind, not even under its Idempotency-Key.
 * @param owned capabilities that have an ownership table; the others are written by this side alone
 * @returns for `rememberAnswers`; throws AppError `not_owner`
 */
export function guardWrites(
  database: Sequelize,
  owned: readonly string[],
): <Result>(write: Write, work: (transaction: Transaction) => Promise<Result>) => Promise<Result> {
  return ({ capability, resourceKey }, work) =>
    runTransaction(database, async (transaction) => {
      if (owned.includes(capability)) await guardKeys(database, capability, [resourceKey], transaction);
      return work(transaction);
    });
}
