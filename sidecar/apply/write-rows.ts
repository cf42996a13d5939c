import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { type Connection, quoteName, selectRows } from '../connect-mysql.js';
import type { RowsWrite } from './plan-writes.js';

/** Bounds of one statement. */
const mostRows = 500;
const mostCharacters = 1_000_000;

/** A row that the replica's database refused. */
export class RowRefused extends Error {
  readonly table: string;
  readonly row: Row;

  constructor(table: string, row: Row, cause: unknown) {
    super(`${table} refused a row: ${(cause as Error).message}`, { cause });
    this.table = table;
    this.row = row;
  }
}

/**
 * Writes or removes rows with as few statements as reasonable.
 * @param oneByOne one statement a row, so that an error tells which it was
 * @throws RowRefused when the database refuses and there is nothing to repeat
 */
export async function writeRows(
  connection: Connection,
  write: Omit<RowsWrite, 'buckets'>,
  oneByOne: boolean,
): Promise<void> {
  const { kind, target } = write;
  for (const rows of slices(write.rows, oneByOne ? 1 : mostRows)) {
    try {
      if (kind === 'delete') await deleteRows(connection, target, rows);
      else await upsertRows(connection, target, rows);
    } catch (error) {
      if (isPassing(error)) throw error;
      throw new RowRefused(target.table, rows[0] ?? {}, error);
    }
  }
}

/** Whether a repetition, or another connection, can help: deadlock, lock wait, read-only, anything of the connection. */
export function isPassing(error: unknown): boolean {
  const { errno, code, fatal } = (error ?? {}) as { errno?: number; code?: string; fatal?: boolean };
  const passing = new Set([1205, 1213, 1290, 1317, 1836, 1053, 1927, 3024, 3572, 1969]);
  return (
    fatal === true ||
    (errno !== undefined && passing.has(errno)) ||
    /^(ECONN|EPIPE|ETIMEDOUT|PROTOCOL_)/.test(code ?? '')
  );
}

/** The database has ended a transaction so that another can go on: the same may be tried at once. */
export function isDeadlock(error: unknown): boolean {
  return ((error ?? {}) as { errno?: number }).errno === 1213;
}

async function upsertRows(connection: Connection, target: TableOnSide, rows: Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const names = columns.map(quoteName);
  const values = rows.map((row) => columns.map((column) => row[column] ?? null));
  const insert = `${quoteName(target.table)} (${names.join(', ')}) VALUES ?`;
  if (await hasOtherUniqueKeys(connection, target)) {
    // A row that holds another's unique value is one that the source no longer has like that: it gives way.
    await connection.query(`REPLACE INTO ${insert}`, [values]);
    return;
  }
  const updates = names.map((name) => `${name} = VALUES(${name})`).join(', ');
  await connection.query(`INSERT INTO ${insert} ON DUPLICATE KEY UPDATE ${updates}`, [values]);
}

async function deleteRows(connection: Connection, target: TableOnSide, rows: Row[]): Promise<void> {
  await deleteKeys(
    connection,
    target,
    rows.map((row) => target.key.map((column) => row[column] ?? null)),
  );
}

/** Removes rows by their keys, some hundred at a time. */
export async function deleteKeys(
  connection: Connection,
  target: TableOnSide,
  keys: unknown[][],
): Promise<void> {
  if (keys.length > mostRows) {
    await deleteKeys(connection, target, keys.slice(mostRows));
    return deleteKeys(connection, target, keys.slice(0, mostRows));
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

/** Asked once for each connection and table. */
const otherUniqueKeys = new WeakMap<Connection, Map<string, Promise<boolean>>>();

function hasOtherUniqueKeys(connection: Connection, { table }: TableOnSide): Promise<boolean> {
  const known = otherUniqueKeys.get(connection) ?? new Map<string, Promise<boolean>>();
  otherUniqueKeys.set(connection, known);
  const answer = known.get(table) ?? askForOtherUniqueKeys(connection, table);
  known.set(table, answer);
  return answer;
}

async function askForOtherUniqueKeys(connection: Connection, table: string): Promise<boolean> {
  const [row] = await selectRows<{ others: number }>(
    connection,
    `SELECT COUNT(*) AS others FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = ? AND non_unique = 0 AND index_name <> 'PRIMARY'`,
    [table],
  );
  return (row?.others ?? 0) > 0;
}

function* slices(rows: Row[], most: number): Generator<Row[]> {
  let slice: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    const size = Object.values(row).reduce<number>(
      (sum, value) => sum + (typeof value === 'object' ? (value?.length ?? 4) * 2 : String(value).length),
      0,
    );
    if (slice.length > 0 && (slice.length === most || characters + size > mostCharacters)) {
      yield slice;
      slice = [];
      characters = 0;
    }
    slice.push(row);
    characters += size;
  }
  if (slice.length > 0) yield slice;
}
