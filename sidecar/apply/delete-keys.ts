import type { TableOnSide } from '#contracts/strangler/move.js';
import { type Connection, quoteName } from '../database/connect-mysql.js';

/** Bound of one statement. */
const mostKeys = 500;

/** Removes rows by their keys, some hundred at a time. */
export async function deleteKeys(
  connection: Connection,
  target: TableOnSide,
  keys: unknown[][],
): Promise<void> {
  if (keys.length > mostKeys) {
    await deleteKeys(connection, target, keys.slice(mostKeys));
    return deleteKeys(connection, target, keys.slice(0, mostKeys));
  }
  const names = target.key.map(quoteName);
  const table = quoteName(target.table);
  if (names.length === 1)
    await connection.query(`DELETE FROM ${table} WHERE ${names[0]} IN (?)`, [keys.flat()]);
  else {
    const each = keys.map(() => `(${names.map((name) => `${name} = ?`).join(' AND ')})`).join(' OR ');
    await connection.query(`DELETE FROM ${table} WHERE ${each}`, keys.flat());
  }
}
