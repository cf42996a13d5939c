import { type Connection, quoteName, selectRows } from './connect-mysql.js';

interface Column {
  name: string;
  type: string;
  fullType: string;
  collation: string | null;
}

/** Types whose values the log and a query give in different forms. */
const unsupported = new Set([
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
  'vector',
  'uuid',
  'inet4',
  'inet6',
]);

/** The columns of a table in this connection's schema; empty when there is no such table. */
export function describeColumns(connection: Connection, table: string): Promise<Column[]> {
  return selectRows<Column>(
    connection,
    `SELECT column_name AS name, data_type AS type, column_type AS fullType, collation_name AS collation
     FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ordinal_position`,
    [table],
  );
}

/** Names and types of columns whose values can't be replicated exactly. */
export function unsupportedColumns(columns: readonly Column[]): string[] {
  return columns
    .filter(({ type }) => unsupported.has(type.toLowerCase()))
    .map(({ name, type }) => `${name} (${type})`);
}

/** A select list that gives values as the log does. */
export function exactSelectList(columns: readonly Column[]): string {
  return columns
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
