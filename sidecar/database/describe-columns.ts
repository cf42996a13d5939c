import { type Connection, quoteName, selectRows } from './connect-mysql.js';
import { groupBy } from './group-by.js';

export interface UniqueKey {
  name: string;
  columns: readonly string[];
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
}

/** The columns of a table in this connection's schema; empty when there is no such table. */
export async function describeColumns(connection: Connection, table: string): Promise<Column[]> {
  const rows = await selectRows<Omit<Column, 'generated'> & { expression: string | null }>(
    connection,
    `SELECT column_name AS name, data_type AS type, column_type AS fullType, collation_name AS collation,
       character_set_name AS characterSet, extra AS extra, generation_expression AS expression
     FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position`,
    [table],
  );
  return rows.map(({ expression, ...column }) => ({
    ...column,
    // MySQL calls a default that is an expression DEFAULT_GENERATED; only an expression of its own makes a generated column.
    generated: /\b(VIRTUAL|STORED|PERSISTENT) GENERATED\b/i.test(column.extra) || (expression ?? '') !== '',
  }));
}

/** The unique keys of a table with their columns in order, the primary one as `PRIMARY`. */
export async function describeUniqueKeys(connection: Connection, table: string): Promise<UniqueKey[]> {
  const parts = await selectRows<{ name: string; column: string }>(
    connection,
    `SELECT index_name AS name, column_name AS \`column\` FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = ? AND non_unique = 0 ORDER BY index_name, seq_in_index`,
    [table],
  );
  return [...groupBy(parts, ({ name }) => name)].map(([name, columns]) => ({
    name,
    columns: columns.map(({ column }) => column),
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
