import type { Connection } from 'mysql2/promise';
import { AppError } from '#platform/errors/app-error.js';
import { bucketFunctionName } from './bucket-function.js';
import type { GuardedSide } from './guard-triggers.js';
import type { ColumnFacts } from './key-column.js';

/** A trigger as the database has it. */
export interface FoundTrigger {
  name: string;
  table: string;
  event: string;
  timing: string;
  /** Place among the triggers of its event and timing, from 1. */
  place: number;
  body: string;
  /** Account with whose rights it runs. */
  definer: string;
}

/** All that the database has of a capability's guard, and what lies around it. */
export interface FoundGuard {
  mariadb: boolean;
  schema: string;
  /** Facts of the owning key's column, by table; a table that is not there is missing. */
  ownedBy: ReadonlyMap<string, ColumnFacts>;
  /** All triggers of the move's tables, whoever made them. */
  triggers: readonly FoundTrigger[];
  /** Text of the function that computes buckets; null where this account may not read it, undefined where there is none. */
  functionBody: string | null | undefined;
  /** Buckets in the ownership table, and how many this side owns; undefined where there is no such table. */
  owners: { rows: number; owned: number } | undefined;
}

async function select<Row>(connection: Connection, sql: string, values: unknown[] = []): Promise<Row[]> {
  const [rows] = await connection.query(sql, values);
  return rows as Row[];
}

/** Reads what there is of a guard in the connection's schema. @throws AppError `wrong_usage` where the URL names no schema */
export async function readGuard(
  connection: Connection,
  { move, side }: Pick<GuardedSide, 'move' | 'side'>,
  ownershipTable: string,
): Promise<FoundGuard> {
  const [server] = await select<{ version: string; schema: string | null }>(
    connection,
    'SELECT VERSION() AS version, DATABASE() AS `schema`',
  );
  if (!server || server.schema === null)
    throw new AppError('wrong_usage', 'The address of the database names no schema: end it with /SCHEMA.');
  const ownedBy = new Map<string, ColumnFacts>();
  for (const { [side]: one } of move.tables) {
    const column = await readColumn(connection, one.table, one.ownedBy);
    if (column) ownedBy.set(one.table, column);
  }
  const tables = move.tables.map(({ [side]: one }) => one.table);
  const [routine] = await select<{ body: string | null }>(
    connection,
    `SELECT routine_definition AS body FROM information_schema.routines
     WHERE routine_schema = DATABASE() AND routine_type = 'FUNCTION' AND routine_name = ?`,
    [bucketFunctionName(move.capability)],
  );
  return {
    mariadb: /mariadb/i.test(server.version),
    schema: server.schema,
    ownedBy,
    triggers: await readTriggers(connection, tables),
    functionBody: routine === undefined ? undefined : routine.body,
    owners: await readOwners(connection, ownershipTable),
  };
}

async function readColumn(
  connection: Connection,
  table: string,
  column: string,
): Promise<ColumnFacts | undefined> {
  const [found] = await select<{
    name: string;
    type: string;
    fullType: string;
    extra: string;
    byDefault: string | null;
    expression: string | null;
  }>(
    connection,
    `SELECT column_name AS name, data_type AS type, column_type AS fullType, extra AS extra,
       column_default AS byDefault, generation_expression AS expression
     FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?`,
    [table, column],
  );
  if (!found) return undefined;
  const { byDefault, expression, ...facts } = found;
  // MariaDB writes a default that is an expression as it is, MySQL marks the column.
  const isExpression = byDefault !== null && /[(]/.test(byDefault) && !/^'/.test(byDefault);
  const computed = (expression ?? '') !== '' || /GENERATED/i.test(facts.extra) || isExpression;
  return { ...facts, computed };
}

async function readTriggers(connection: Connection, tables: readonly string[]): Promise<FoundTrigger[]> {
  if (tables.length === 0) return [];
  return select(
    connection,
    `SELECT trigger_name AS name, event_object_table AS \`table\`, event_manipulation AS event, action_timing AS timing,
       action_order AS place, action_statement AS body, definer AS definer
     FROM information_schema.triggers
     WHERE event_object_schema = DATABASE() AND event_object_table IN (?)
     ORDER BY event_object_table, event_manipulation, action_timing, action_order`,
    [tables],
  );
}

async function readOwners(connection: Connection, table: string): Promise<FoundGuard['owners']> {
  const [there] = await select(
    connection,
    'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?',
    [table],
  );
  if (!there) return undefined;
  const [row] = await select<{ rows: number; owned: number | string }>(
    connection,
    "SELECT COUNT(*) AS `rows`, COALESCE(SUM(state = 'owned'), 0) AS owned FROM ??",
    [table],
  );
  return { rows: row?.rows ?? 0, owned: Number(row?.owned ?? 0) };
}
