import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { type Guarded, passGuard } from '#platform/database/guarded.js';
import { isLocked, unseenDeadlock } from '#platform/database/database-errors.js';
import { bucketOfKey } from './bucket-of-key.js';
import { notOwner } from './guard-keys.js';
import { ownershipTable } from './ownership-table.js';

/** MySQL and MariaDB know no common words for a shared lock that does not wait; each reads its own comment only. */
const sharedAtOnce = '/*!80000 FOR SHARE NOWAIT */ /*M! LOCK IN SHARE MODE NOWAIT */';

/**
 * Holds the ownership of a key in a transaction beside another one of the same caller, which holds it already; for
 * notes that have to outlive the other.
 *
 * It never waits: a release that waits for the other transaction would keep this one waiting, and that the other. The
 * server sees no deadlock in it, so it is thrown as one: the other transaction is rolled back, lets the release
 * through, and is run again.
 * @throws AppError `not_owner`
 */
export async function guardKeyBeside<Capability extends string>(
  database: Sequelize,
  capability: Capability,
  key: string,
  transaction: Transaction,
): Promise<Guarded<Capability>> {
  const held = await database
    .query(
      `SELECT bucket FROM ${ownershipTable(capability)} WHERE bucket = ? AND state = 'owned' ${sharedAtOnce}`,
      { replacements: [bucketOfKey(capability, key)], type: QueryTypes.SELECT, transaction },
    )
    .catch((error: unknown) => {
      throw isLocked(error) ? unseenDeadlock(error) : error;
    });
  if (held.length === 0) throw await notOwner(database, capability, [key], transaction);
  return passGuard(capability, transaction);
}
