import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { bucketCount, type VetoableRow } from '#contracts/strangler/ownership.js';
import { decodeValue, encodeRow, encodeValue, type WireValue } from '#contracts/strangler/row-values.js';
import { type Connection, quoteName, selectRows } from '../connect-mysql.js';
import { describeColumns, exactSelectList, keyOrder } from '../describe-columns.js';
import { keyRange } from '../key-range.js';
import { readOwners } from '../ownership/owner-rows.js';
import type { SelectedChunk } from './watch-chunks.js';

/**
 * Reads the next rows of a table in the order of its primary key, at most `limit` and no more than fit into a message,
 * and who owns them, from one snapshot.
 * @throws when not even one row fits
 */
export async function selectChunk(
  connection: Connection,
  capability: string,
  { table, key }: TableOnSide,
  copied: readonly string[],
  after: WireValue[] | null,
  limit: number,
  maxBytes: number,
): Promise<SelectedChunk> {
  const columns = await describeColumns(connection, table);
  await connection.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  const range = keyRange(key, after?.map(decodeValue) ?? null, null);
  const found = await selectRows<Row>(
    connection,
    `SELECT ${exactSelectList(columns, copied)} FROM ${quoteName(table)} WHERE ${range.sql}
     ORDER BY ${key.map(quoteName).join(', ')} LIMIT ${limit}`,
    range.values,
  );
  const epochs = epochsOf(await readOwners(connection, capability, 'all', 'plain'));
  await connection.query('COMMIT');
  const rows = fitting(found, maxBytes);
  const last = rows.at(-1);
  if (found.length > 0 && !last)
    throw new Error(`the next row of ${table} is larger than a message (${maxBytes} bytes)`);
  const reachesEnd = rows.length === found.length && found.length < limit;
  return {
    after,
    upTo: reachesEnd || !last ? null : key.map((column) => encodeValue(last[column] ?? null)),
    rows,
    keyOrder: keyOrder(columns, key),
    epochs,
  };
}

/** Epochs of the buckets 1 to 100. */
export function epochsOf(owners: readonly VetoableRow[]): number[] {
  const epochs = new Map(owners.map(({ bucket, epoch }) => [bucket, epoch]));
  return Array.from({ length: bucketCount }, (_, index) => epochs.get(index + 1) ?? 0);
}

function fitting(rows: Row[], maxBytes: number): Row[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += Buffer.byteLength(JSON.stringify(encodeRow(row))) + 1;
    return bytes > maxBytes;
  });
  return end === -1 ? rows : rows.slice(0, end);
}

/** Rows of a table as the server guesses them, in an instant. */
export async function estimateRows(connection: Connection, table: string): Promise<number> {
  const [row] = await selectRows<{ estimate: number | null }>(
    connection,
    'SELECT table_rows AS estimate FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
    [table],
  );
  return Number(row?.estimate ?? 0);
}
