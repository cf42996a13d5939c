import type { TokenSignal } from '#contracts/strangler/change-message.js';
import type { BucketRow } from '#contracts/strangler/ownership.js';
import type { Connection } from '../database/connect-mysql.js';
import { requireHeard } from './heard-lately.js';
import type { HeldOwners } from './hold-buckets.js';
import { ownersTable, perBucket } from '../state/owner-rows.js';

/**
 * Opens buckets for this side, in the transaction that applies what came before their tokens. A token that is not newer
 * than its row, or was refused, changes nothing: the row stays as this side's own release has left it.
 * @param held rows of the tokens' buckets, locked; what is granted is noted there
 * @returns the rows that are owned by these tokens now
 * @throws NotHeardLately, NotLetGo where this side may have been abandoned since
 */
export async function grantBuckets(
  connection: Connection,
  capability: string,
  tokens: readonly TokenSignal[],
  held: HeldOwners,
): Promise<BucketRow[]> {
  const epochs = new Map<number, number>();
  for (const { bucket, epoch } of tokens) {
    const row = held.get(bucket);
    if (row && row.epoch < epoch && row.vetoed < epoch) epochs.set(bucket, epoch);
  }
  if (epochs.size === 0) return [];
  requireHeard(
    connection,
    capability,
    [...epochs.keys()].flatMap((bucket) => held.get(bucket) ?? []),
  );
  const token = perBucket(epochs);
  const [result] = await connection.query(
    `UPDATE ${ownersTable(capability)}
     SET state = 'owned', epoch = ${token.sql}, changed_at = UTC_TIMESTAMP(3)
     WHERE bucket IN (?) AND epoch < ${token.sql} AND vetoed < ${token.sql} ORDER BY bucket`,
    [...token.values, [...epochs.keys()], ...token.values, ...token.values],
  );
  if ((result as { affectedRows: number }).affectedRows !== epochs.size)
    throw new Error(`rows of ${capability}'s ownership have changed although they were locked`);
  const granted = [...epochs].map(([bucket, epoch]) => ({ bucket, state: 'owned' as const, epoch }));
  for (const row of granted) held.set(row.bucket, { vetoed: 0, ...held.get(row.bucket), ...row });
  return granted;
}
