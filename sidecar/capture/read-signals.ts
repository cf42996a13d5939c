import type { Signal } from '#contracts/strangler/change-message.js';
import type { Row } from '#contracts/strangler/move.js';
import { heartbeatTable, watermarksTable } from '../control-tables.js';
import type { ChunkWindows } from './watch-chunks.js';

/** Tables of the sidecar whose rows mean something to the other side, though they are not copied. */
export const signalTables: readonly string[] = [heartbeatTable, watermarksTable];

/** @returns what a row of such a table says about this capability to the other side, if anything */
export function readSignal(
  capability: string,
  windows: ChunkWindows,
  table: string,
  row: Row,
): Signal | undefined {
  if (table === heartbeatTable) return { kind: 'heartbeat', writtenAt: Number(row['written_at']) };
  if (row['capability'] !== capability) return undefined;
  const chunk = String(row['chunk']);
  if (row['edge'] === 'high') return windows.onHigh(chunk);
  windows.onLow(chunk);
  return undefined;
}
