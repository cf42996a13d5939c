import type { VetoableRow } from '#contracts/strangler/ownership.js';
import type { Connection } from '../connect-mysql.js';
import { readOwners } from './owner-rows.js';

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
