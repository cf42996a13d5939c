import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { type Connection, quoteName, strictMode } from '../database/connect-mysql.js';
import type { TableShape } from './table-shape.js';

/** ENUM columns of a row that hold no value of their list, which the database shows as an empty text. */
interface BlankRow {
  row: Row;
  columns: string[];
}

/**
 * Takes blank ENUMs out of rows, since strict mode takes them in no statement: each gets the first value of its list, and
 * {@link writeBlanks} makes it blank afterwards.
 */
export function withoutBlanks(
  { columns }: TableShape,
  rows: readonly Row[],
): { rows: Row[]; blanks: BlankRow[] } {
  const enums = columns
    .filter(({ type }) => type.toLowerCase() === 'enum')
    .map(({ name, fullType }) => ({ name, values: valuesOf(fullType) }))
    .filter(({ values }) => !values.includes(''));
  const blanks: BlankRow[] = [];
  const filled = rows.map((row) => {
    const blank = enums.filter(({ name }) => row[name] === '');
    if (blank.length === 0) return row;
    blanks.push({ row, columns: blank.map(({ name }) => name) });
    return { ...row, ...Object.fromEntries(blank.map(({ name, values }) => [name, values[0] ?? null])) };
  });
  return { rows: filled, blanks };
}

/** Makes ENUMs blank, in the transaction that wrote their rows. Nothing else is written without strict mode. */
export async function writeBlanks(
  connection: Connection,
  target: TableOnSide,
  blanks: readonly BlankRow[],
): Promise<void> {
  if (blanks.length === 0) return;
  await connection.query("SET SESSION sql_mode = ''");
  try {
    for (const { row, columns } of blanks) {
      const set = columns.map((name) => `${quoteName(name)} = ''`).join(', ');
      const where = target.key.map((name) => `${quoteName(name)} = ?`).join(' AND ');
      await connection.query(
        `UPDATE ${quoteName(target.table)} SET ${set} WHERE ${where}`,
        target.key.map((name) => row[name] ?? null),
      );
    }
  } finally {
    await connection.query(`SET SESSION sql_mode = '${strictMode}'`);
  }
}

/** The values of a type such as `enum('red','it''s')`. */
function valuesOf(fullType: string): string[] {
  return [...fullType.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = '']) => value.replaceAll("''", "'"));
}
