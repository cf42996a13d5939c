import type { UnsafeTable } from '#contracts/strangler/check-tables.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import type { Connection } from '../database/connect-mysql.js';
import { checkAutoIncrement, checkIds, checkPrimaryKey, checkUniqueKeys } from './check-keys.js';
import { checkForeignKeys } from './check-references.js';
import { checkColumns, checkDeclared, checkStorage } from './check-storage.js';
import { checkTriggers, namesBehindTriggers } from './check-triggers.js';
import { type CheckedTable, readTableFacts } from './table-facts.js';

/** What each moved table is checked for, besides how it is stored. A further check is a further element. */
const checks: readonly ((checked: CheckedTable) => UnsafeTable[])[] = [
  checkPrimaryKey,
  checkUniqueKeys,
  checkIds,
  checkAutoIncrement,
  checkForeignKeys,
  checkTriggers,
  checkColumns,
  checkDeclared,
];

/** Everything that keeps one table from being replicated exactly. */
function judgeTable(checked: CheckedTable): UnsafeTable[] {
  const storage = checkStorage(checked);
  // Of what is no table at all, nothing else is worth saying.
  if (storage.length > 0 && /VIEW|SEQUENCE/i.test(checked.facts.kind)) return storage;
  return [...storage, ...checks.flatMap((check) => check(checked))];
}

/** What a look at a capability's tables on one side has found. */
export interface LookAtTables {
  /** Everything that keeps them from being replicated exactly, with what mends it. */
  unsafe: UnsafeTable[];
  /** Names, in lower case, of what their triggers reach: when one of them is defined anew, the tables need another look. */
  behindTriggers: ReadonlySet<string>;
}

/**
 * Looks whether a capability's tables on one side can be replicated exactly.
 * @param movedTables all tables of this database that some capability moves
 * @throws when a table is not there
 */
export async function lookAtTables(
  connection: Connection,
  move: Move,
  side: Side,
  movedTables: readonly string[],
): Promise<LookAtTables> {
  const unsafe: UnsafeTable[] = [];
  const behindTriggers = new Set<string>();
  for (const table of move.tables) {
    const facts = await readTableFacts(connection, table[side].table);
    if (!facts) throw new Error(`the table ${table[side].table} is not there yet`);
    const checked = { move: table, side, facts, movedTables };
    unsafe.push(...judgeTable(checked));
    for (const name of namesBehindTriggers(checked)) behindTriggers.add(name);
  }
  return { unsafe, behindTriggers };
}

/** Everything that keeps a capability's tables from being replicated exactly: see `lookAtTables`. */
export async function findUnsafeTables(...asked: Parameters<typeof lookAtTables>): Promise<UnsafeTable[]> {
  return (await lookAtTables(...asked)).unsafe;
}
