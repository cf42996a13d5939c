import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { type Connection, quoteName } from '../database/connect-mysql.js';

/** Inserts rows with the same columns. @throws the database's error when a key is taken */
export async function insertRows(
  connection: Connection,
  target: TableOnSide,
  rows: readonly Row[],
): Promise<void> {
  await insert(connection, target, rows, () => '');
}

/** Writes rows by their primary key. No other unique key of the table may hold one of their values for another row. */
export async function upsertByKey(
  connection: Connection,
  target: TableOnSide,
  rows: readonly Row[],
): Promise<void> {
  await insert(
    connection,
    target,
    rows,
    (names) => `ON DUPLICATE KEY UPDATE ${names.map((name) => `${name} = VALUES(${name})`).join(', ')}`,
  );
}

async function insert(
  connection: Connection,
  { table }: TableOnSide,
  rows: readonly Row[],
  onDuplicate: (names: readonly string[]) => string,
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  const names = columns.map(quoteName);
  const values = rows.map((row) => columns.map((column) => row[column] ?? null));
  const sql = `INSERT INTO ${quoteName(table)} (${names.join(', ')}) VALUES ? ${onDuplicate(names)}`;
  await connection.query(sql, [values]);
}
