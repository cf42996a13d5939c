import type { Signal } from '#contracts/strangler/change-message.js';
import type { Row } from '#contracts/strangler/move.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { heartbeatTable, watermarksTable } from '../database/control-tables.js';
import type { ChunkWindows } from './watch-chunks.js';

/** Tables whose rows mean something to the other side, though they are not copied. */
export function signalTables(capability: string): readonly string[] {
  return [heartbeatTable, watermarksTable, ownershipTable(capability)];
}

/** @returns what a row of such a table says about this capability to the other side, if anything */
export function readSignal(
  capability: string,
  windows: ChunkWindows,
  table: string,
  row: Row,
): Signal | undefined {
  if (table === heartbeatTable) return { kind: 'heartbeat', writtenAt: Number(row['written_at']) };
  if (table === ownershipTable(capability)) return readToken(row);
  if (row['capability'] !== capability) return undefined;
  const chunk = String(row['chunk']);
  if (row['edge'] === 'high') return windows.onHigh(chunk);
  windows.onLow(chunk);
  return undefined;
}

/** Only a side's own release, or what comes after it on a released row, is left of these: grants are replicated transactions. */
function readToken({ bucket, state, epoch }: Row): Signal | undefined {
  if (state !== 'released') return undefined;
  return { kind: 'token', bucket: Number(bucket), epoch: Number(epoch) };
}
