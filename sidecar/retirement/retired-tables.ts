import type { Move, Side } from '#contracts/strangler/move.js';
import { archivedName, type RetirementAnswer } from '#contracts/strangler/retirement.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';
import { describeDependents, findDependents } from './find-dependents.js';

type TableState = RetirementAnswer['tables'][number];

/**
 * Tables of a capability on one side. Who owns the buckets stays behind, so that whoever asks for an owner is still told; so
 * does the outbox, whose events may have to be published again.
 */
function tablesOf({ tables, leftBehind }: Move, side: Side): string[] {
  return [
    ...tables.map(({ [side]: one }) => one.table),
    ...(side === 'monolith' ? (leftBehind?.tables ?? []) : []),
  ];
}

/** What has become of each of them. */
export async function lookAtTables(connection: Connection, move: Move, side: Side): Promise<TableState[]> {
  const there = await existing(connection);
  return tablesOf(move, side).map((table) => ({
    table,
    state: there.has(table) ? 'alive' : there.has(archivedName(table)) ? 'archived' : 'gone',
  }));
}

/**
 * Renames those that are still in use; nothing is copied. It waits for statements that run, a second at most.
 * @throws when something else needs them; when a table is in use for longer, or a new one stands beside its archive: then the
 *   others may be renamed already
 */
export async function archiveTables(connection: Connection, move: Move): Promise<void> {
  const alive = (await lookAtTables(connection, move, 'monolith')).filter(({ state }) => state === 'alive');
  const tables = alive.map(({ table }) => table);
  await refuseIfNeeded(connection, tables);
  for (const table of tables)
    await connection.query(`RENAME TABLE ${quoteName(table)} TO ${quoteName(archivedName(table))}`);
}

/**
 * Removes the archives. A table of that capability that somebody has made since is not ours to remove.
 * @throws when something else needs them
 */
export async function dropArchives(connection: Connection, move: Move): Promise<void> {
  const archives = tablesOf(move, 'monolith').map(archivedName);
  await refuseIfNeeded(connection, archives);
  for (const table of archives) await connection.query(`DROP TABLE IF EXISTS ${quoteName(table)}`);
}

/** Looked at before, as a condition; but from then on others may have come. */
async function refuseIfNeeded(connection: Connection, tables: readonly string[]): Promise<void> {
  const dependents = await findDependents(connection, tables);
  if (dependents.length > 0) throw new Error(describeDependents(dependents));
}

async function existing(connection: Connection): Promise<Set<string>> {
  const rows = await selectRows<{ name: string }>(
    connection,
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  );
  return new Set(rows.map(({ name }) => name));
}
