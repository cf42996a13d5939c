import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';
import { type Column, exactSelectList } from '../database/describe-columns.js';

/** Reads the rows that have one of the given rows' primary keys, and locks them until the transaction ends. */
export function lockByKey(
  connection: Connection,
  target: TableOnSide,
  columns: readonly string[],
  rows: readonly Row[],
): Promise<Row[]> {
  const list = [...new Set(columns)].map(quoteName).join(', ');
  return lockRows(connection, target, list, target.key, rows);
}

/** The same by the columns of any key, with all columns of what is found. Rows with a null in the key find nothing. */
export function lockWholeRows(
  connection: Connection,
  target: TableOnSide,
  columns: readonly Column[],
  key: readonly string[],
  rows: readonly Row[],
): Promise<Row[]> {
  return lockRows(connection, target, exactSelectList(columns), key, rows);
}

async function lockRows(
  connection: Connection,
  { table }: TableOnSide,
  list: string,
  key: readonly string[],
  rows: readonly Row[],
): Promise<Row[]> {
  if (rows.length === 0) return [];
  const names = key.map(quoteName);
  const values = rows.map((row) => key.map((column) => row[column] ?? null));
  const [where, bound] =
    names.length === 1
      ? [`${names[0]} IN (?)`, [values.flat()]]
      : [
          values.map(() => `(${names.map((name) => `${name} = ?`).join(' AND ')})`).join(' OR '),
          values.flat(),
        ];
  return selectRows<Row>(
    connection,
    `SELECT ${list} FROM ${quoteName(table)} WHERE ${where} FOR UPDATE`,
    bound,
  );
}
