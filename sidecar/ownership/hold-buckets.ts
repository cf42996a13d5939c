import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import type { VetoableRow } from '#contracts/strangler/ownership.js';
import type { Connection } from '../database/connect-mysql.js';
import { bucketOfRow } from '../rows/bucket-of-row.js';
import { readOwners } from '../state/owner-rows.js';
import { TwoOwners } from './two-owners.js';

/** Ownership rows by bucket that the transaction at hand has locked, as they are in it. */
export type HeldOwners = Map<number, VetoableRow>;

/** Locks rows until the transaction ends: nobody else changes them until then. */
export async function holdBuckets(
  connection: Connection,
  capability: string,
  buckets: readonly number[],
  hold: 'shared' | 'exclusive',
): Promise<HeldOwners> {
  const rows = await readOwners(connection, capability, buckets, hold);
  return new Map(rows.map((row) => [row.bucket, row]));
}

/**
 * Looks who owns rows of this database that are about to be overwritten or removed, and keeps it so until the commit.
 * @param held what is locked already; what is locked for this is added
 * @throws TwoOwners when one of them is this side's own
 */
export async function refuseOwnRows(
  connection: Connection,
  capability: string,
  held: HeldOwners,
  target: TableOnSide,
  rows: readonly Row[],
): Promise<void> {
  const buckets = [...new Set(rows.map((row) => bucketOfRow(capability, target, row)))];
  const further = buckets.filter((bucket) => !held.has(bucket)).toSorted((one, other) => one - other);
  for (const [bucket, row] of await holdBuckets(connection, capability, further, 'shared'))
    held.set(bucket, row);
  const own = buckets.filter((bucket) => held.get(bucket)?.state === 'owned');
  if (own.length > 0) throw new TwoOwners(capability, target.table, own);
}
