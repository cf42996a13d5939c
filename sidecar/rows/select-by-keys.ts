import type { Row, TableOnSide, Value } from '#contracts/strangler/move.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';
import { describeColumns, exactSelectList } from '../database/describe-columns.js';

/**
 * Rows by their keys, exact. Where the database takes two keys for the same (a collation without case), it may give the
 * row of the one for the other: compare keys before you believe it.
 */
export async function selectByKeys(
  connection: Connection,
  { table, key }: TableOnSide,
  copied: readonly string[],
  keys: readonly (readonly Value[])[],
): Promise<Row[]> {
  if (keys.length === 0) return [];
  const columns = await describeColumns(connection, table);
  if (columns.length === 0) throw new Error(`the table ${table} is not there`);
  const each = `(${key.map((column) => `${quoteName(column)} = ?`).join(' AND ')})`;
  return selectRows<Row>(
    connection,
    `SELECT ${exactSelectList(columns, copied)} FROM ${quoteName(table)} WHERE ${keys.map(() => each).join(' OR ')}`,
    keys.flat(),
  );
}
