import { randomUUID } from 'node:crypto';
import type { Position } from '#contracts/strangler/change-message.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';
import { appliedTable } from '../database/control-tables.js';

/** Where a replica is, as its own database says. */
export interface AppliedState {
  position: Position;
  /** Every row of the source has been here once: the replica is complete. */
  filled: boolean;
  /** It was complete, and its source's database has gone back in time since: only a new chain makes it complete again. */
  wentBack: boolean;
  /** Entry of the stream that brought the replica here: only a hint where to read on. */
  log: { createdAt: string; sequence: number } | null;
}

/** Values of the column `filled`. */
const unfilled = 0;
const complete = 1;
const sourceWentBack = 2;

interface AppliedRow {
  chain: string;
  seq: number;
  origin: string | null;
  gtid: string | null;
  row_offset: number;
  last_before: string | null;
  last_committed_at: number | null;
  log_created_at: string | null;
  log_sequence: number | null;
  filled: number;
}

/** Reads the state; a replica that has none begins a chain. */
export async function loadApplied(connection: Connection, capability: string): Promise<AppliedState> {
  const [row] = await selectRows<AppliedRow>(
    connection,
    `SELECT * FROM ${appliedTable} WHERE capability = ?`,
    [capability],
  );
  if (!row) {
    await connection.query(
      `INSERT IGNORE INTO ${appliedTable} (capability, chain, seq, row_offset, filled, applied_at)
       VALUES (?, ?, 0, 0, 0, UTC_TIMESTAMP(3))`,
      [capability, randomUUID()],
    );
    return loadApplied(connection, capability);
  }
  const { chain, seq, origin, gtid, row_offset: offset, filled } = row;
  const last =
    row.last_before === null || row.last_committed_at === null
      ? null
      : { before: row.last_before, committedAt: Number(row.last_committed_at) };
  const log =
    row.log_created_at === null || row.log_sequence === null
      ? null
      : { createdAt: row.log_created_at, sequence: row.log_sequence };
  const position = { chain, seq, origin, gtid, offset, last };
  return { position, filled: filled === complete, wentBack: filled === sourceWentBack, log };
}

/**
 * Moves the replica's place: the first statement of every transaction that applies, since the capture knows those by it.
 * @param from what the place, and whether the replica is complete, is known to be
 * @returns false when that is not so any more: then nothing may be applied
 */
export async function moveApplied(
  connection: Connection,
  capability: string,
  { position: from, filled, wentBack }: AppliedState,
  to: Position,
  log: { createdAt: string; sequence: number },
): Promise<boolean> {
  const [result] = await connection.query(
    `UPDATE ${appliedTable}
     SET seq = ?, origin = ?, gtid = ?, row_offset = ?, last_before = ?, last_committed_at = ?, log_created_at = ?, log_sequence = ?, applied_at = UTC_TIMESTAMP(3)
     WHERE capability = ? AND chain = ? AND seq = ? AND filled = ?`,
    [
      ...[to.seq, to.origin, to.gtid, to.offset, to.last?.before ?? null, to.last?.committedAt ?? null],
      ...[log.createdAt, log.sequence],
      ...[capability, from.chain, from.seq, wentBack ? sourceWentBack : filled ? complete : unfilled],
    ],
  );
  return (result as { affectedRows: number }).affectedRows === 1;
}

/** Gives up the place in the source's log: the replica counts as never filled, and begins a new chain "from now on". */
export async function beginChain(connection: Connection, capability: string): Promise<void> {
  await connection.query(
    `UPDATE ${appliedTable}
     SET chain = ?, seq = 0, origin = NULL, gtid = NULL, row_offset = 0, last_before = NULL, last_committed_at = NULL,
       filled = ${unfilled}, applied_at = UTC_TIMESTAMP(3)
     WHERE capability = ?`,
    [randomUUID(), capability],
  );
}

/** The source's database has gone back in time: a complete replica is none any more, and keeps its place. */
export async function markWentBack(connection: Connection, capability: string): Promise<void> {
  await connection.query(
    `UPDATE ${appliedTable} SET filled = ${sourceWentBack} WHERE capability = ? AND filled = ${complete}`,
    [capability],
  );
}

/** The replica counts as never filled, and keeps its place. */
export async function markUnfilled(connection: Connection, capability: string): Promise<void> {
  await connection.query(`UPDATE ${appliedTable} SET filled = ${unfilled} WHERE capability = ?`, [
    capability,
  ]);
}

/** The replica is complete from this transaction on. */
export async function markFilled(connection: Connection, capability: string): Promise<void> {
  await connection.query(`UPDATE ${appliedTable} SET filled = ${complete} WHERE capability = ?`, [
    capability,
  ]);
}
