import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { type Guarded, type HeldKeys, passGuard } from '#platform/database/guarded.js';
import { selectIn } from '#platform/database/run-statement.js';
import { AppError } from '#platform/errors/app-error.js';
import { bucketOfKey } from './bucket-of-key.js';
import { bucketHeader, epochHeader } from './not-owner-headers.js';
import { ownershipTable } from './ownership-table.js';

/** Buckets of keys, in the order in which everybody locks them. */
export function bucketsOf(capability: string, keys: readonly string[]): number[] {
  const buckets = keys.map((key) => bucketOfKey(capability, key));
  return [...new Set(buckets)].sort((one, other) => one - other);
}

/**
 * Of these buckets, holds those that this database owns until the transaction ends; the first statement of every
 * transaction that writes their keys.
 *
 * The shared lock is what makes a hand-over safe: a release needs the rows for itself, so it waits for every write
 * that passed here, and no write passes here after it. A read without the lock would let late writes through.
 * Buckets are locked in ascending order, so that two writes can't wait for each other.
 * @returns the buckets that are held
 */
async function holdBuckets(
  capability: string,
  buckets: readonly number[],
  transaction: Transaction,
): Promise<Set<number>> {
  if (buckets.length === 0) return new Set();
  const held = await selectIn<{ bucket: number }>(
    transaction,
    `SELECT bucket FROM ${ownershipTable(capability)} WHERE bucket IN (?) AND state = 'owned'
     ORDER BY bucket LOCK IN SHARE MODE`,
    [buckets],
  );
  return new Set(held.map(({ bucket }) => bucket));
}

/** Of these keys, holds those that this database owns until the transaction ends. */
export async function holdKeys<Capability extends string, Begun extends Transaction>(
  capability: Capability,
  keys: readonly string[],
  transaction: Begun,
): Promise<HeldKeys<Capability> & { transaction: Begun }> {
  const held = await holdBuckets(capability, bucketsOf(capability, keys), transaction);
  return {
    keys: new Set(keys.filter((key) => held.has(bucketOfKey(capability, key)))),
    transaction: passGuard(capability, transaction),
  };
}

/**
 * Holds the ownership of one key until the transaction ends.
 * @returns undefined if this database does not own it
 */
export async function holdKey<Capability extends string, Begun extends Transaction>(
  capability: Capability,
  key: string,
  transaction: Begun,
): Promise<(Begun & Guarded<Capability>) | undefined> {
  const held = await holdBuckets(capability, bucketsOf(capability, [key]), transaction);
  return held.size === 0 ? undefined : passGuard(capability, transaction);
}

/**
 * Holds the ownership of keys until the transaction ends, all of them or none.
 * @returns the transaction, for the functions that write the keys' rows
 * @throws AppError `not_owner` (421) that names every key that this database does not own, with bucket and epoch of
 *   the first such bucket in its headers
 */
export async function guardKeys<Capability extends string, Begun extends Transaction>(
  database: Sequelize,
  capability: Capability,
  keys: readonly string[],
  transaction: Begun,
): Promise<Begun & Guarded<Capability>> {
  const held = await holdKeys(capability, keys, transaction);
  const missing = keys.filter((key) => !held.keys.has(key));
  if (missing.length > 0) throw await notOwner(database, capability, missing, transaction);
  return held.transaction;
}

/** What a side answers that does not own these keys. */
export async function notOwner(
  database: Sequelize,
  capability: string,
  keys: readonly string[],
  transaction: Transaction,
): Promise<AppError> {
  const [bucket = 0] = bucketsOf(capability, keys);
  const [row] = await database.query<{ epoch: number }>(
    `SELECT epoch FROM ${ownershipTable(capability)} WHERE bucket = ?`,
    { replacements: [bucket], type: QueryTypes.SELECT, transaction },
  );
  const epoch = row?.epoch ?? 0;
  return new AppError(
    'not_owner',
    `Bucket ${bucket} of ${capability} is not owned by this side (epoch ${epoch}): ask the other side, or the gateway`,
    {
      headers: { [bucketHeader]: String(bucket), [epochHeader]: String(epoch) },
      errors: keys.map((key) => ({ path: key, message: `is in bucket ${bucketOfKey(capability, key)}` })),
    },
  );
}
