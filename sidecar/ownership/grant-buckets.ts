import type { TokenSignal } from '#contracts/strangler/change-message.js';
import type { BucketRow } from '#contracts/strangler/ownership.js';
import type { Connection } from '../connect-mysql.js';
import { ownersTable, perBucket, readOwners } from './owner-rows.js';

/**
 * Opens buckets for this side, in the transaction that applies what came before their tokens. A token that is not newer
 * than its row, or was refused, changes nothing: the row stays as this side's own release has left it.
 * @returns the rows that are owned by these tokens now
 */
export async function grantBuckets(
  connection: Connection,
  capability: string,
  tokens: readonly TokenSignal[],
): Promise<BucketRow[]> {
  // Of two tokens for one bucket the older has no effect that the newer would leave.
  const epochs = new Map<number, number>();
  for (const { bucket, epoch } of tokens) epochs.set(bucket, Math.max(epoch, epochs.get(bucket) ?? 0));
  const token = perBucket(epochs);
  const buckets = [...epochs.keys()];
  await connection.query(
    `UPDATE ${ownersTable(capability)}
     SET state = 'owned', epoch = ${token.sql}, changed_at = UTC_TIMESTAMP(3)
     WHERE bucket IN (?) AND epoch < ${token.sql} AND vetoed < ${token.sql} ORDER BY bucket`,
    [...token.values, buckets, ...token.values, ...token.values],
  );
  const rows = await readOwners(connection, capability, buckets, 'exclusive');
  return rows
    .filter(({ bucket, state, epoch }) => state === 'owned' && epoch === epochs.get(bucket))
    .map(({ bucket, state, epoch }) => ({ bucket, state, epoch }));
}
