import type { VetoableRow } from '#contracts/strangler/ownership.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';

/** `plain` may be behind by a moment: nothing is decided on it. The others hold the rows until the transaction ends. */
export type Hold = 'plain' | 'shared' | 'exclusive';

const clause = { plain: '', shared: 'LOCK IN SHARE MODE', exclusive: 'FOR UPDATE' } as const;

/** The ownership table of a capability, for SQL. Rows are found, and so locked, in ascending order of their buckets. */
export function ownersTable(capability: string): string {
  return `${quoteName(ownershipTable(capability))} FORCE INDEX (PRIMARY)`;
}

/** Rows of some buckets, or of all, in this connection's database, in the order of their buckets. */
export async function readOwners(
  connection: Connection,
  capability: string,
  buckets: readonly number[] | 'all',
  hold: Hold,
): Promise<VetoableRow[]> {
  if (buckets.length === 0) return [];
  const [where, values] = buckets === 'all' ? ['', []] : ['WHERE bucket IN (?)', [buckets]];
  return selectRows<VetoableRow>(
    connection,
    `SELECT bucket, state, epoch, vetoed FROM ${ownersTable(capability)} ${where} ORDER BY bucket ${clause[hold]}`,
    values,
  );
}

/** SQL that gives each bucket a number of its own, with the values for its question marks. */
export function perBucket(numbers: ReadonlyMap<number, number>): { sql: string; values: number[] } {
  return {
    sql: `CASE bucket ${[...numbers].map(() => 'WHEN ? THEN ?').join(' ')} END`,
    values: [...numbers].flat(),
  };
}
