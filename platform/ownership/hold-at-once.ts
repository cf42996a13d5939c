import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { type Guarded, passGuard } from '#platform/database/guarded.js';
import { bucketOfKey } from './bucket-of-key.js';
import { ownershipTable } from './ownership-table.js';

/** MySQL and MariaDB know no common words for a shared lock that passes by what is locked; each reads its own comment only. */
const sharedOrNone = '/*!80000 FOR SHARE SKIP LOCKED */ /*M! LOCK IN SHARE MODE SKIP LOCKED */';

/**
 * Holds the ownership of a key until the transaction ends, if it can be had without waiting; for a transaction that has
 * locked other things already, so that a release of this key never has to wait for them.
 * @returns undefined if this side does not own it, or it is being released just now
 */
export async function holdKeyAtOnce<Capability extends string, Begun extends Transaction>(
  database: Sequelize,
  capability: Capability,
  key: string,
  transaction: Begun,
): Promise<(Begun & Guarded<Capability>) | undefined> {
  const held = await database.query(
    `SELECT bucket FROM ${ownershipTable(capability)} WHERE bucket = ? AND state = 'owned' ${sharedOrNone}`,
    { replacements: [bucketOfKey(capability, key)], type: QueryTypes.SELECT, transaction },
  );
  return held.length > 0 ? passGuard(capability, transaction) : undefined;
}
