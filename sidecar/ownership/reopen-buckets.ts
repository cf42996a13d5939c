import type { ReopenRequest, VetoableRow } from '#contracts/strangler/ownership.js';
import { changeOwners } from './change-owners.js';
import { ownersTable, perBucket, readOwners } from '../state/owner-rows.js';

/**
 * Owns buckets again whose tokens were refused, with the epoch after the token's. One that was not released yet goes on
 * to the next epoch all the same, so that a request to release it which is still on its way does nothing when it arrives.
 * @returns what the rows say now; undefined when others held them for too long: then nothing has changed
 */
export async function reopenBuckets(
  url: string,
  capability: string,
  { buckets }: ReopenRequest,
): Promise<VetoableRow[] | undefined> {
  const expected = perBucket(new Map(buckets.map(({ bucket, expected: epoch }) => [bucket, epoch])));
  const asked = [...new Set(buckets.map(({ bucket }) => bucket))];
  return changeOwners(url, async (connection) => {
    await connection.query(
      `UPDATE ${ownersTable(capability)} SET state = 'owned', epoch = epoch + 1, changed_at = UTC_TIMESTAMP(3)
       WHERE bucket IN (?) AND ((state = 'released' AND epoch = ${expected.sql} + 1)
         OR (state = 'owned' AND epoch = ${expected.sql})) ORDER BY bucket`,
      [asked, ...expected.values, ...expected.values],
    );
    return readOwners(connection, capability, asked, 'exclusive');
  });
}
