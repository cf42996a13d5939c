import type { Move, Side } from '#contracts/strangler/move.js';
import { archivedName, type RetirementAnswer } from '#contracts/strangler/retirement.js';
import { type Connection, quoteName, selectRows } from '../connect-mysql.js';

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
 * @throws when a table is in use for longer, or a new one stands beside its archive: then the others may be renamed already
 */
export async function archiveTables(connection: Connection, move: Move): Promise<void> {
  for (const { table, state } of await lookAtTables(connection, move, 'monolith'))
    if (state === 'alive')
      await connection.query(`RENAME TABLE ${quoteName(table)} TO ${quoteName(archivedName(table))}`);
}

/** Removes the archives. A table of that capability that somebody has made since is not ours to remove. */
export async function dropArchives(connection: Connection, move: Move): Promise<void> {
  for (const table of tablesOf(move, 'monolith'))
    await connection.query(`DROP TABLE IF EXISTS ${quoteName(archivedName(table))}`);
}

async function existing(connection: Connection): Promise<Set<string>> {
  const rows = await selectRows<{ name: string }>(
    connection,
    'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()',
  );
  return new Set(rows.map(({ name }) => name));
}
