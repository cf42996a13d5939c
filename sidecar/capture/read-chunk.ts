import type { ChunkAnswer, ChunkRequest } from '#contracts/strangler/backfill.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import { type Connection, connectMysql } from '../database/connect-mysql.js';
import { watermarksTable } from '../database/control-tables.js';
import { estimateRows, selectChunk } from './select-chunk.js';
import { type MessageRoom, RowTooLarge } from './message-room.js';
import type { ChunkWindows } from './watch-chunks.js';

/**
 * Reads one chunk between two watermarks, and leaves it to the reading of the log to send it when it comes by the second.
 */
export async function readChunk(
  url: string,
  move: Move,
  side: Side,
  windows: ChunkWindows,
  request: ChunkRequest,
  room: MessageRoom,
): Promise<ChunkAnswer> {
  const moved = move.tables.find((one) => one[side].table === request.table);
  const table = moved?.[side];
  if (!moved || !table)
    return { accepted: false, message: `${request.table} is no table of ${move.capability} on the ${side}` };
  const connection = await connectMysql(url);
  try {
    windows.open(request.id, table.table);
    await writeWatermark(connection, move.capability, request.id, 'low');
    const chunk = await selectChunk(
      connection,
      move.capability,
      table,
      moved.columns[side],
      request.after,
      request.limit,
      room,
    );
    windows.fill(request.id, chunk);
    await writeWatermark(connection, move.capability, request.id, 'high');
    const estimate = request.after === null ? await estimateRows(connection, table.table) : null;
    return { accepted: true, upTo: chunk.upTo, rows: chunk.rows.length, estimate };
  } catch (error) {
    windows.abandon(request.id);
    const { message } = error as Error;
    return { accepted: false, message, ...(error instanceof RowTooLarge ? { needsOperator: true } : {}) };
  } finally {
    connection.destroy();
  }
}

/** Writes one of the two marks between which a chunk is read. */
export async function writeWatermark(
  connection: Connection,
  capability: string,
  chunk: string,
  edge: 'low' | 'high',
): Promise<void> {
  await connection.query(
    `INSERT INTO ${watermarksTable} (capability, chunk, edge) VALUES (?, ?, ?)
     ON DUPLICATE KEY UPDATE chunk = VALUES(chunk), edge = VALUES(edge)`,
    [capability, chunk, edge],
  );
}
