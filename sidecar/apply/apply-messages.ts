import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import type { Connection } from '../connect-mysql.js';
import { applyChunk } from './apply-chunk.js';
import { type AppliedState, moveApplied } from './applied-state.js';
import { planWrites } from './plan-writes.js';
import { writeRows } from './write-rows.js';

/** Somebody else has moved the replica's place: nothing was applied. */
export class PlaceMoved extends Error {}

/**
 * Applies messages that follow on the replica's place: rows, progress of a backfill and the new place in one transaction.
 * @param log entry of the stream that the last message came in
 * @throws PlaceMoved, RowNotMapped, RowRefused, KeyOrderDiffers, or an error of the connection; then nothing has changed
 */
export async function applyMessages(
  connection: Connection,
  move: Move,
  replica: Side,
  state: AppliedState,
  messages: readonly [ChangeMessage, ...ChangeMessage[]],
  log: { createdAt: string; sequence: number },
  oneByOne = false,
): Promise<void> {
  const writes = planWrites(move, replica, messages);
  const to = (messages.at(-1) ?? messages[0]).position;
  await connection.beginTransaction();
  try {
    if (!(await moveApplied(connection, move.capability, state.position, to, log))) {
      throw new PlaceMoved(`another applier has moved ${move.capability}`);
    }
    for (const write of writes) {
      if (write.kind === 'chunk') await applyChunk(connection, move.capability, replica, write, oneByOne);
      else await writeRows(connection, write, oneByOne);
    }
    await connection.commit();
  } catch (error) {
    await connection.rollback().catch(() => undefined);
    throw error;
  }
}
