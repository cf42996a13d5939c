import type { Move, MoveTable, Row, Side, TableOnSide } from '#contracts/strangler/move.js';
import type { VetoableRow } from '#contracts/strangler/ownership.js';
import { decodeValue, encodeRow, encodeValue, type WireValue } from '#contracts/strangler/row-values.js';
import type { KeysAnswer, KeysRequest } from '#contracts/strangler/verify.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { writeWatermark } from './read-chunk.js';
import { epochsOf } from './select-chunk.js';
import { type Connection, connectMysql, selectRows } from '../database/connect-mysql.js';
import { countFitting, type MessageRoom } from './message-room.js';
import { readOwners } from '../state/owner-rows.js';
import { selectByKeys } from '../rows/select-by-keys.js';
import type { KeyWindows } from './watch-keys.js';

/**
 * Reads rows by their keys between two watermarks, and leaves it to the reading of the log to send them when it comes by
 * the second.
 */
export async function readKeys(
  url: string,
  move: Move,
  side: Side,
  windows: KeyWindows,
  request: KeysRequest,
  room: MessageRoom,
): Promise<KeysAnswer> {
  const { capability } = move;
  const moved = move.tables.find(({ service }) => service.table === request.table);
  const table = moved?.[side];
  if (!moved || !table) return refuse(`${request.table} is no table of ${capability} on the service`);
  const connection = await connectMysql(url);
  try {
    const ownersBefore = await readOwners(connection, capability, 'all', 'plain');
    windows.open(request.id, table.table, request.check);
    await writeWatermark(connection, capability, request.id, 'low');
    const { rows, owners } = await selectWithOwners(connection, capability, moved, side, request.keys);
    // Had a bucket been away and come back since the low watermark, the log's last word on a key could be older than the row.
    if (JSON.stringify(ownersBefore) !== JSON.stringify(owners))
      throw new Error('a bucket was handed over while its keys were read: ask again');
    const keys = fitting(table, request.keys, rows, room);
    windows.fill(request.id, keys, rows, epochsOf(owners));
    await writeWatermark(connection, capability, request.id, 'high');
    return { accepted: true, taken: keys.length };
  } catch (error) {
    windows.abandon(request.id);
    return refuse(messageOf(error));
  } finally {
    connection.destroy();
  }
}

function refuse(message: string): KeysAnswer {
  return { accepted: false, message };
}

async function selectWithOwners(
  connection: Connection,
  capability: string,
  table: MoveTable,
  side: Side,
  keys: readonly WireValue[][],
): Promise<{ rows: Row[]; owners: VetoableRow[] }> {
  await selectRows(connection, 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await selectRows(connection, 'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  const rows = await selectByKeys(
    connection,
    table[side],
    table.columns[side],
    keys.map((key) => key.map(decodeValue)),
  );
  const owners = await readOwners(connection, capability, 'all', 'plain');
  await selectRows(connection, 'COMMIT');
  return { rows, owners };
}

/** The first keys whose rows fit into a message. @throws RowTooLarge when not even one does */
function fitting(
  { table, key }: TableOnSide,
  keys: WireValue[][],
  rows: readonly Row[],
  room: MessageRoom,
): WireValue[][] {
  const sizes = new Map(
    rows.map((row) => [
      JSON.stringify(key.map((column) => encodeValue(row[column] ?? null))),
      Buffer.byteLength(JSON.stringify(encodeRow(row))),
    ]),
  );
  const each = keys.map((one) => sizes.get(JSON.stringify(one)) ?? 0);
  return keys.slice(0, countFitting(each, room, `the row ${JSON.stringify(keys[0])} of ${table}`));
}
