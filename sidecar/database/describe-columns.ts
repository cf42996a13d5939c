import { type Connection, quoteName, selectRows } from './connect-mysql.js';
import { groupBy } from './group-by.js';

export interface UniqueKey {
  name: string;
  /** Columns that count, each as a whole or by its beginning. */
  columns: readonly string[];
  parts: readonly UniquePart[];
}

export interface UniquePart {
  /** Null for an expression, as MySQL's functional keys have them. */
  column: string | null;
  /** How many characters of the column count; null for all of it. */
  prefix: number | null;
}

export interface Column {
  name: string;
  type: string;
  fullType: string;
  collation: string | null;
  characterSet: string | null;
  /** As in `auto_increment`. */
  extra: string;
  /** The database computes its values. */
  generated: boolean;
  /** A row that does not name it has null there. */
  nullByDefault: boolean;
}

/** The columns of a table in this connection's schema; empty when there is no such table. */
export async function describeColumns(connection: Connection, table: string): Promise<Column[]> {
  const rows = await selectRows<
    Omit<Column, 'generated' | 'nullByDefault'> & { expression: string | null; nullByDefault: number }
  >(
    connection,
    `SELECT column_name AS name, data_type AS type, column_type AS fullType, collation_name AS collation,
       character_set_name AS characterSet, extra AS extra, generation_expression AS expression,
       is_nullable = 'YES' AND (column_default IS NULL OR (column_default = 'NULL' AND VERSION() LIKE '%MariaDB%')) AS nullByDefault
     FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position`,
    [table],
  );
  return rows.map(({ expression, nullByDefault, ...column }) => ({
    ...column,
    nullByDefault: nullByDefault === 1,
    // MySQL calls a default that is an expression DEFAULT_GENERATED; only an expression of its own makes a generated column.
    generated: /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.test(column.extra) || (expression ?? '') !== '',
  }));
}

/** The unique keys of a table with their columns in order, the primary one as `PRIMARY`. */
export async function describeUniqueKeys(connection: Connection, table: string): Promise<UniqueKey[]> {
  const rows = await selectRows<UniquePart & { name: string }>(
    connection,
    `SELECT index_name AS name, column_name AS \`column\`, sub_part AS prefix FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index`,
    [table],
  );
  return [...groupBy(rows, ({ name }) => name)].map(([name, parts]) => ({
    name,
    columns: parts.flatMap(({ column }) => column ?? []),
    parts: parts.map(({ column, prefix }) => ({ column, prefix: prefix === null ? null : Number(prefix) })),
  }));
}

/** A select list of some of a table's columns, or of all, that gives values as the log does. */
export function exactSelectList(columns: readonly Column[], names?: readonly string[]): string {
  return columns
    .filter(({ name }) => !names || names.includes(name))
    .map(({ name, type }) =>
      // As text, the server rounds a FLOAT to six digits.
      type.toLowerCase() === 'float'
        ? `CAST(${quoteName(name)} AS DOUBLE) AS ${quoteName(name)}`
        : quoteName(name),
    )
    .join(', ');
}

/** What decides the order of a key: two tables that agree in it sort the same keys alike. */
export function keyOrder(columns: readonly Column[], key: readonly string[]): string {
  return key
    .map((part) => columns.find(({ name }) => name === part))
    .map((column) =>
      column
        ? [column.type, /unsigned/i.test(column.fullType) ? 'unsigned' : '', column.collation ?? '']
            .filter(Boolean)
            .join(' ')
        : 'missing',
    )
    .join(', ');
}
