import { type Connection, selectRows } from './connect-mysql.js';

/** Something of the database that has a text, which the server runs later. */
export interface StoredProgram {
  kind: 'view' | 'trigger' | 'procedure' | 'function' | 'package' | 'package body' | 'event';
  schema: string;
  name: string;
  /** Null where this account may not read it. */
  text: string | null;
  /** A trigger's. */
  table: string | null;
}

const ofTheServer = `('mysql', 'sys', 'performance_schema', 'information_schema')`;

/** Views, triggers, routines and events of all schemas, as far as this account may see them. */
export async function readStoredPrograms(connection: Connection): Promise<StoredProgram[]> {
  const parts = [
    `SELECT 'view' AS kind, table_schema AS \`schema\`, table_name AS name, NULLIF(view_definition, '') AS text, NULL AS \`table\`
     FROM information_schema.views WHERE table_schema NOT IN ${ofTheServer}`,
    `SELECT 'trigger' AS kind, trigger_schema AS \`schema\`, trigger_name AS name, action_statement AS text,
       event_object_table AS \`table\`
     FROM information_schema.triggers WHERE trigger_schema NOT IN ${ofTheServer}`,
    `SELECT LOWER(routine_type) AS kind, routine_schema AS \`schema\`, routine_name AS name, routine_definition AS text,
       NULL AS \`table\`
     FROM information_schema.routines WHERE routine_schema NOT IN ${ofTheServer}`,
    `SELECT 'event' AS kind, event_schema AS \`schema\`, event_name AS name, event_definition AS text, NULL AS \`table\`
     FROM information_schema.events WHERE event_schema NOT IN ${ofTheServer}`,
  ];
  const found: StoredProgram[] = [];
  for (const sql of parts) found.push(...(await selectRows<StoredProgram>(connection, sql)));
  return found;
}
