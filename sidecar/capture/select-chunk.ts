import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { bucketCount, type VetoableRow } from '#contracts/strangler/ownership.js';
import { decodeValue, encodeRow, encodeValue, type WireValue } from '#contracts/strangler/row-values.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';
import { describeColumns, exactSelectList, keyOrder } from '../database/describe-columns.js';
import { keyRange } from '../database/key-range.js';
import { readOwners } from '../state/owner-rows.js';
import { countFitting, type MessageRoom } from './message-room.js';
import type { SelectedChunk } from './watch-chunks.js';

/**
 * Reads the next rows of a table in the order of its primary key, at most `limit` and no more than fit into a message,
 * and who owns them, from one snapshot.
 * @throws RowTooLarge when not even one row fits
 */
export async function selectChunk(
  connection: Connection,
  capability: string,
  { table, key }: TableOnSide,
  copied: readonly string[],
  after: WireValue[] | null,
  limit: number,
  room: MessageRoom,
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
  const sizes = found.map((row) => Buffer.byteLength(JSON.stringify(encodeRow(row))) + 1);
  const next = `the next row of ${table}, behind the key ${JSON.stringify(after)},`;
  const rows = found.slice(0, countFitting(sizes, room, next));
  const last = rows.at(-1);
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

/** Rows of a table as the server guesses them, in an instant. */
export async function estimateRows(connection: Connection, table: string): Promise<number> {
  const [row] = await selectRows<{ estimate: number | null }>(
    connection,
    'SELECT table_rows AS estimate FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
    [table],
  );
  return Number(row?.estimate ?? 0);
}
