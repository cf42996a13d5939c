import { randomUUID } from 'node:crypto';
import type { Position } from '#contracts/strangler/change-message.js';
import { type Connection, selectRows } from '../connect-mysql.js';
import { appliedTable } from '../control-tables.js';

/** Where a replica is, as its own database says. */
export interface AppliedState {
  position: Position;
  /** Every row of the source has been here once: the replica is complete. */
  filled: boolean;
  /** Entry of the stream that brought the replica here: only a hint where to read on. */
  log: { createdAt: string; sequence: number } | null;
}

interface AppliedRow {
  chain: string;
  seq: number;
  origin: string | null;
  gtid: string | null;
  row_offset: number;
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
  const log =
    row.log_created_at === null || row.log_sequence === null
      ? null
      : { createdAt: row.log_created_at, sequence: row.log_sequence };
  return { position: { chain, seq, origin, gtid, offset }, filled: filled === 1, log };
}

/**
 * Moves the replica's place: the first statement of every transaction that applies, since the capture knows those by it.
 * @param from what the place, and whether the replica is complete, is known to be
 * @returns false when that is not so any more: then nothing may be applied
 */
export async function moveApplied(
  connection: Connection,
  capability: string,
  { position: from, filled }: AppliedState,
  to: Position,
  log: { createdAt: string; sequence: number },
): Promise<boolean> {
  const [result] = await connection.query(
    `UPDATE ${appliedTable}
     SET seq = ?, origin = ?, gtid = ?, row_offset = ?, log_created_at = ?, log_sequence = ?, applied_at = UTC_TIMESTAMP(3)
     WHERE capability = ? AND chain = ? AND seq = ? AND filled = ?`,
    [
      ...[to.seq, to.origin, to.gtid, to.offset, log.createdAt, log.sequence],
      ...[capability, from.chain, from.seq, filled ? 1 : 0],
    ],
  );
  return (result as { affectedRows: number }).affectedRows === 1;
}

/** Gives up the place in the source's log: the replica counts as never filled, and begins a new chain "from now on". */
export async function beginChain(connection: Connection, capability: string): Promise<void> {
  await connection.query(
    `UPDATE ${appliedTable}
     SET chain = ?, seq = 0, origin = NULL, gtid = NULL, row_offset = 0, filled = 0, applied_at = UTC_TIMESTAMP(3)
     WHERE capability = ?`,
    [randomUUID(), capability],
  );
}

/** The replica counts as never filled, and keeps its place. */
export async function markUnfilled(connection: Connection, capability: string): Promise<void> {
  await connection.query(`UPDATE ${appliedTable} SET filled = 0 WHERE capability = ?`, [capability]);
}

/** The replica is complete from this transaction on. */
export async function markFilled(connection: Connection, capability: string): Promise<void> {
  await connection.query(`UPDATE ${appliedTable} SET filled = 1 WHERE capability = ?`, [capability]);
}
