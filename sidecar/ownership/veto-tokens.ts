import type { VetoAnswer, VetoRequest } from '#contracts/strangler/ownership.js';
import { changeOwners } from './change-owners.js';
import { ownersTable, perBucket, readOwners } from '../state/owner-rows.js';

/**
 * Refuses tokens for ever, each unless it has been granted. Grant and veto decide on the same row under its lock, so
 * exactly one of them succeeds.
 * @throws when others hold the rows for too long: then nothing has changed, and the same may be asked again
 */
export async function vetoTokens(
  url: string,
  capability: string,
  { buckets }: VetoRequest,
): Promise<VetoAnswer> {
  const tokens = new Map(buckets.map(({ bucket, token }) => [bucket, token]));
  const token = perBucket(tokens);
  const asked = [...tokens.keys()];
  const rows = await changeOwners(url, async (connection) => {
    await connection.query(
      `UPDATE ${ownersTable(capability)} SET vetoed = ${token.sql}, changed_at = UTC_TIMESTAMP(3)
       WHERE bucket IN (?) AND epoch < ${token.sql} AND vetoed < ${token.sql} ORDER BY bucket`,
      [...token.values, asked, ...token.values, ...token.values],
    );
    return readOwners(connection, capability, asked, 'exclusive');
  });
  if (!rows) throw new Error('the ownership rows are held by others: nothing was vetoed, ask again');
  return {
    buckets: rows.map(({ bucket, epoch, vetoed }) => {
      const refused = tokens.get(bucket) ?? 0;
      // A row that has moved on since keeps the word that was given on this very token.
      return { bucket, outcome: vetoed === refused || epoch < refused ? 'vetoed' : 'granted' };
    }),
  };
}
