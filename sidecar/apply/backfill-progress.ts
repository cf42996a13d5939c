import type { BackfillProgress } from '#contracts/strangler/backfill.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import { otherSide } from '#contracts/strangler/move.js';
import type { WireValue } from '#contracts/strangler/row-values.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';

/** How far one source table has been brought over. */
export interface TableProgress {
  table: string;
  complete: boolean;
  /** Key up to which all is here; null at the start. */
  nextAfter: WireValue[] | null;
  rows: number;
  estimate: number;
  /** Milliseconds since 1970. */
  startedAt: number;
}

interface ProgressRow {
  source_table: string;
  complete: number;
  next_after: string | null;
  done_rows: number;
  estimate: number;
  started: number;
}

export async function loadProgress(connection: Connection, capability: string): Promise<TableProgress[]> {
  const rows = await selectRows<ProgressRow>(
    connection,
    `SELECT source_table, complete, next_after, done_rows, estimate, UNIX_TIMESTAMP(started_at) * 1000 AS started
     FROM strangler_backfill WHERE capability = ?`,
    [capability],
  );
  return rows.map((row) => ({
    table: row.source_table,
    complete: row.complete === 1,
    nextAfter: row.next_after === null ? null : (JSON.parse(row.next_after) as WireValue[]),
    rows: Number(row.done_rows),
    estimate: Number(row.estimate),
    startedAt: Number(row.started),
  }));
}

/** Whether every table of the move has a progress row. A table that was added to the move later has none. */
export function coversMove(progress: readonly TableProgress[], move: Move, replica: Side): boolean {
  const known = new Set(progress.map(({ table }) => table));
  return move.tables.every((table) => known.has(table[otherSide(replica)].table));
}

/**
 * Resets the backfill progress of every table of the move in one transaction. A crash leaves all of it done, or none.
 * @param also what is to hold from the same moment on, in the same transaction
 */
export async function beginBackfill(
  connection: Connection,
  move: Move,
  replica: Side,
  also: () => Promise<void> = async () => undefined,
): Promise<void> {
  const source = otherSide(replica);
  await connection.beginTransaction();
  try {
    await also();
    await connection.query('DELETE FROM strangler_backfill WHERE capability = ?', [move.capability]);
    for (const table of move.tables) {
      await connection.query(
        `INSERT INTO strangler_backfill (capability, source_table, complete, next_after, done_rows, estimate, started_at)
         VALUES (?, ?, 0, NULL, 0, 0, UTC_TIMESTAMP(3))`,
        [move.capability, table[source].table],
      );
    }
    await connection.commit();
  } catch (error) {
    // The connection may be what failed: then the server rolls back by itself.
    await connection.rollback().catch(() => undefined);
    throw error;
  }
}

/** Notes, in the transaction that applies a chunk, that the table is here up to that key; null: all of it. */
export async function advanceBackfill(
  connection: Connection,
  capability: string,
  table: string,
  upTo: WireValue[] | null,
  rows: number,
): Promise<void> {
  await connection.query(
    `UPDATE strangler_backfill
     SET complete = ?, next_after = ?, done_rows = done_rows + ?, finished_at = IF(?, UTC_TIMESTAMP(3), NULL)
     WHERE capability = ? AND source_table = ?`,
    [upTo === null, upTo === null ? null : JSON.stringify(upTo), rows, upTo === null, capability, table],
  );
}

export async function noteEstimate(
  connection: Connection,
  capability: string,
  table: string,
  estimate: number,
): Promise<void> {
  await connection.query(
    'UPDATE strangler_backfill SET estimate = ? WHERE capability = ? AND source_table = ?',
    [estimate, capability, table],
  );
}

/** The same for people: percent and seconds left are guesses, since the database only guesses its number of rows. */
export function describeProgress(
  capability: string,
  side: Side,
  filled: boolean,
  tables: readonly TableProgress[],
  now: number,
): BackfillProgress {
  return {
    capability,
    side,
    complete: filled && tables.every(({ complete }) => complete),
    tables: tables.map(({ table, complete, rows, estimate, startedAt }) => {
      const total = Math.max(rows, estimate);
      const share = complete ? 1 : total === 0 ? 0 : Math.min(0.99, rows / total);
      const left = share > 0 ? Math.round(((now - startedAt) / 1_000) * (1 / share - 1)) : null;
      return {
        table,
        complete,
        rows,
        estimate,
        percent: Math.round(share * 100),
        secondsLeft: complete ? 0 : left,
      };
    }),
  };
}
