import type { Dependent } from '#contracts/strangler/retirement.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';
import { readStoredPrograms, type StoredProgram } from '../database/stored-programs.js';
import { mentionedTables } from './mentioned-tables.js';

/** Tables that are to go, and the schema that they are in. */
interface Going {
  schema: string;
  tables: readonly string[];
}

interface Key {
  name: string;
  schema: string;
  table: string;
  toSchema: string;
  toTable: string;
}

/** Our own triggers end with what they guard, and our own routines use no table that moves. */
const ours = /^strangler_/;
/** A trigger that does one of these does something for somebody else. */
const hasEffects = /\b(INSERT|UPDATE|DELETE|REPLACE|CALL)\b/i;

/**
 * Finds what stays behind and uses tables that are to go: foreign keys, views, triggers, routines and events of others. Some
 * would fail once the tables are renamed, and all when they are dropped. What this account may not read is named as well.
 * @param tables of this connection's schema
 */
export async function findDependents(
  connection: Connection,
  tables: readonly string[],
): Promise<Dependent[]> {
  if (tables.length === 0) return [];
  const [row] = await selectRows<{ name: string }>(connection, 'SELECT DATABASE() AS name');
  const going: Going = { schema: row?.name ?? '', tables };
  const all = await readStoredPrograms(connection);
  return [...(await foreignKeys(connection, going)), ...all.flatMap(usesOf(going, viewsUpon(all, going)))];
}

/** As sentences for whoever has to wait for them. */
export function describeDependents(dependents: readonly Dependent[]): string {
  return dependents.map(({ what, advice }) => `${what}: ${advice}`).join('; ');
}

async function foreignKeys(connection: Connection, { schema, tables }: Going): Promise<Dependent[]> {
  const keys = await selectRows<Key>(
    connection,
    `SELECT DISTINCT constraint_name AS name, table_schema AS \`schema\`, table_name AS \`table\`,
       referenced_table_schema AS toSchema, referenced_table_name AS toTable
     FROM information_schema.key_column_usage
     WHERE referenced_table_name IS NOT NULL AND (table_schema = ? OR referenced_table_schema = ?)
     ORDER BY table_schema, table_name, constraint_name`,
    [schema, schema],
  );
  const isGoing = (of: string, table: string) => of === schema && tables.includes(table);
  return keys.flatMap(({ name, schema: of, table, toSchema, toTable }) => {
    const [from, to] = [isGoing(of, table), isGoing(toSchema, toTable)];
    if (from === to) return [];
    const drop = `ALTER TABLE ${full(schema, of, table)} DROP FOREIGN KEY ${quoteName(name)}`;
    const what = `the foreign key ${name} of ${named(schema, of, table)} refers to ${named(schema, toSchema, toTable)}`;
    return to
      ? [
          {
            what,
            advice: `no row of ${table} could refer to a new row any more; let its module do without, then ${drop}`,
          },
        ]
      : [{ what, advice: `what is archived would keep rows of ${toTable} from being changed; ${drop}` }];
  });
}

/** Views upon the tables, and upon such views: all of them fail with the tables. */
function viewsUpon(all: readonly StoredProgram[], going: Going): Going {
  const views = all.filter(({ kind, schema }) => kind === 'view' && schema === going.schema);
  const found = new Set<string>();
  for (let before = -1; before < found.size;) {
    before = found.size;
    const upon = { ...going, tables: [...going.tables, ...found] };
    for (const { name, text, schema } of views)
      if (mentionedTables(text ?? '', schema, upon).length > 0) found.add(name);
  }
  return { ...going, tables: [...found] };
}

function usesOf(going: Going, views: Going): (one: StoredProgram) => Dependent[] {
  const all = { ...going, tables: [...going.tables, ...views.tables] };
  return ({ kind, schema, name, text, table }) => {
    const own = named(going.schema, schema, name);
    const drop = `DROP ${kind.toUpperCase()} ${full(going.schema, schema, name)}`;
    const onGoing = table !== null && schema === going.schema && going.tables.includes(table);
    if (onGoing)
      return ours.test(name) || (text !== null && !hasEffects.test(text))
        ? []
        : [
            {
              what: `the trigger ${own} of ${table} does something for others`,
              advice: `it never runs again; when nobody needs it any more, ${drop}`,
            },
          ];
    if (text === null) {
      if (ours.test(name)) return [];
      const right = kind === 'view' ? 'SHOW VIEW' : 'SHOW_ROUTINE (MariaDB: SELECT ON mysql.proc)';
      const what = `the ${kind} ${own} can't be read by the sidecar's account`;
      return [{ what, advice: `nobody knows what it uses; GRANT ${right} to the account, or ${drop}` }];
    }
    const used = mentionedTables(text, schema, all).filter((one) => !(kind === 'view' && one === name));
    if (used.length === 0) return [];
    return [
      {
        what: `the ${kind} ${own}${table === null ? '' : ` of ${table}`} uses ${used.join(' and ')}`,
        advice: `${failsAs(kind, table)}; change it, or ${drop}`,
      },
    ];
  };
}

function failsAs(kind: StoredProgram['kind'], table: string | null): string {
  if (kind === 'trigger') return `every write to ${table} that runs it would fail`;
  return kind === 'event' ? 'it would fail each time that it is due' : `whoever uses it would fail`;
}

/** A name as people write it, with its schema where that is another one. */
function named(home: string, schema: string, name: string): string {
  return schema === home ? name : `${schema}.${name}`;
}

function full(home: string, schema: string, name: string): string {
  return schema === home ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`;
}
