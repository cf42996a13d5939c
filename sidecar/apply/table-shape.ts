import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import type { Connection } from '../database/connect-mysql.js';
import { type Column, describeColumns, describeUniqueKeys } from '../database/describe-columns.js';

/** What decides how rows are written to a table. */
export interface TableShape {
  columns: readonly Column[];
  /** Columns of each unique key besides the primary one. */
  uniqueKeys: readonly (readonly string[])[];
  /**
   * Two rows with one primary key always have one owning key, too: it is part of the key, and the database takes no two
   * values of it for the same.
   */
  keyTellsOwner: boolean;
}

/** A table may be altered while rows are written to it: its shape is believed for this long, in milliseconds. */
const believedFor = 2_000;

const shapes = new WeakMap<Connection, Map<string, { shape: Promise<TableShape>; until: number }>>();

/** The shape of a table, asked for once every few seconds for each connection. */
export function shapeOf(connection: Connection, target: TableOnSide): Promise<TableShape> {
  const known = shapes.get(connection) ?? new Map<string, { shape: Promise<TableShape>; until: number }>();
  shapes.set(connection, known);
  const found = known.get(target.table);
  if (found && Date.now() < found.until) return found.shape;
  const shape = readShape(connection, target);
  known.set(target.table, { shape, until: Date.now() + believedFor });
  // A failure is not to be believed at all.
  shape.catch(() => known.delete(target.table));
  return shape;
}

async function readShape(connection: Connection, { table, key, ownedBy }: TableOnSide): Promise<TableShape> {
  const columns = await describeColumns(connection, table);
  const uniqueKeys = await describeUniqueKeys(connection, table);
  return {
    columns,
    uniqueKeys: uniqueKeys.filter(({ name }) => name !== 'PRIMARY').map((one) => one.columns),
    keyTellsOwner: key.includes(ownedBy) && key.every((part) => isExact(columns, part)),
  };
}

const exactTypes = /^((tiny|small|medium|big)?int|(var)?binary|date|datetime|timestamp|decimal)$/i;

/** Texts are compared by a collation, which may take two of them for the same: by case, accents, or spaces at their end. */
function isExact(columns: readonly Column[], name: string): boolean {
  return exactTypes.test(columns.find((column) => column.name === name)?.type ?? '');
}

/** The values of a unique key in a row as text, or undefined where the key does not bind the row: one of them is null. */
export function uniqueText(columns: readonly string[], row: Row): string | undefined {
  const values = columns.map((column) => row[column] ?? null);
  if (values.includes(null)) return undefined;
  return JSON.stringify(
    values.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : String(value))),
  );
}
