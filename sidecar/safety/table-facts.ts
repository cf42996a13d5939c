import type { MoveTable, Side } from '#contracts/strangler/move.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';
import {
  type Column,
  describeColumns,
  describeUniqueKeys,
  type UniqueKey,
} from '../database/describe-columns.js';
import { groupBy } from '../database/group-by.js';
import { readStoredPrograms } from '../database/stored-programs.js';
import type { Reach } from './follow-trigger.js';

/** All that decides whether a moved table can be replicated exactly, as its database describes it. */
export interface TableFacts {
  table: string;
  /** `BASE TABLE`, `VIEW`, `SYSTEM VERSIONED`, ... */
  kind: string;
  engine: string | null;
  columns: readonly Column[];
  /** Unique keys, the primary one as `PRIMARY`. */
  uniqueKeys: readonly UniqueKey[];
  /** Foreign keys of the table, and those of other tables that refer to it. */
  foreignKeys: readonly ForeignKeyFacts[];
  triggers: readonly TriggerFacts[];
  around: TriggerSurroundings;
}

/** What triggers of a table can reach; nothing where it has none. */
export interface TriggerSurroundings extends Omit<Reach, 'movedTables'> {
  /** The table's own schema. */
  schema: string;
}

export interface ForeignKeyFacts {
  name: string;
  table: string;
  columns: readonly string[];
  parent: string;
  parentColumns: readonly string[];
  onDelete: string;
  onUpdate: string;
}

export interface TriggerFacts {
  name: string;
  timing: string;
  event: string;
  body: string;
}

/** A check's question: a table, as the move has it and as it is. */
export interface CheckedTable {
  move: MoveTable;
  side: Side;
  facts: TableFacts;
  /** All tables of this database that some capability moves, as far as this sidecar knows. */
  movedTables: readonly string[];
}

/** Reads the facts of a table of this connection's schema; undefined when there is no such table. */
export async function readTableFacts(connection: Connection, table: string): Promise<TableFacts | undefined> {
  const [found] = await selectRows<{ kind: string; engine: string | null }>(
    connection,
    `SELECT table_type AS kind, engine AS engine FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_name = ?`,
    [table],
  );
  if (!found) return undefined;
  const triggers = await selectRows<TriggerFacts>(
    connection,
    `SELECT trigger_name AS name, action_timing AS timing, event_manipulation AS event, action_statement AS body
     FROM information_schema.triggers WHERE event_object_schema = DATABASE() AND event_object_table = ?`,
    [table],
  );
  return {
    table,
    ...found,
    columns: await describeColumns(connection, table),
    uniqueKeys: await describeUniqueKeys(connection, table),
    foreignKeys: await readForeignKeys(connection, table),
    triggers,
    around: await readSurroundings(connection, triggers.length > 0),
  };
}

async function readSurroundings(connection: Connection, hasTriggers: boolean): Promise<TriggerSurroundings> {
  if (!hasTriggers) return { schema: '', programs: [], seesTriggersOf: () => true };
  const [own] = await selectRows<{ schema: string }>(connection, 'SELECT DATABASE() AS `schema`');
  const schema = own?.schema ?? '';
  const account = `CONCAT("'", REPLACE(CURRENT_USER(), '@', "'@'"), "'")`;
  const allowed = await selectRows<{ pattern: string }>(
    connection,
    `SELECT '%' AS pattern FROM information_schema.user_privileges
     WHERE privilege_type = 'TRIGGER' AND grantee = ${account}
     UNION SELECT table_schema FROM information_schema.schema_privileges
     WHERE privilege_type = 'TRIGGER' AND grantee = ${account}`,
  );
  const patterns = new Set(allowed.map(({ pattern }) => pattern.replaceAll('\\', '').toLowerCase()));
  return {
    schema,
    programs: await readStoredPrograms(connection),
    seesTriggersOf: (other) =>
      // The rights that the sidecar needs in its own schema may come by a role.
      other.toLowerCase() === schema.toLowerCase() || patterns.has('%') || patterns.has(other.toLowerCase()),
  };
}

async function readForeignKeys(connection: Connection, table: string): Promise<ForeignKeyFacts[]> {
  const parts = await selectRows<
    Omit<ForeignKeyFacts, 'columns' | 'parentColumns'> & Record<'column' | 'parentColumn', string>
  >(
    connection,
    `SELECT rules.constraint_name AS name, rules.table_name AS \`table\`, rules.referenced_table_name AS parent,
       rules.delete_rule AS onDelete, rules.update_rule AS onUpdate,
       parts.column_name AS \`column\`, parts.referenced_column_name AS parentColumn
     FROM information_schema.referential_constraints AS rules
     JOIN information_schema.key_column_usage AS parts
       ON parts.constraint_schema = rules.constraint_schema AND parts.constraint_name = rules.constraint_name
       AND parts.table_name = rules.table_name
     WHERE rules.constraint_schema = DATABASE() AND ? IN (rules.table_name, rules.referenced_table_name)
     ORDER BY rules.table_name, rules.constraint_name, parts.ordinal_position`,
    [table],
  );
  return [...groupBy(parts, (part) => `${part.table} ${part.name}`).values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const { name, table: child, parent, onDelete, onUpdate } = first;
    return [
      {
        ...{ name, table: child, parent, onDelete, onUpdate },
        columns: all.map(({ column }) => column),
        parentColumns: all.map(({ parentColumn }) => parentColumn),
      },
    ];
  });
}
