import type { Move, MoveTable, Side } from '#contracts/strangler/move.js';
import { decodeValue, encodeRow } from '#contracts/strangler/row-values.js';
import type { ComparisonRequest, KeyedRowsRequest, RowDifference } from '#contracts/strangler/verify.js';
import { countFitting, type MessageRoom } from '../capture/message-room.js';
import type { Connection } from '../database/connect-mysql.js';
import { keyText } from '../apply/plan-writes.js';
import { pairUp } from '../apply/apply-keys.js';
import { compareRows } from '../rows/compare-rows.js';
import { selectByKeys } from '../rows/select-by-keys.js';

/**
 * Rows of this side under keys, as they are now. For a replica that hears nothing of its source any more: no place of the
 * stream could be named at which both sides are compared, and the replica does not change.
 */
export async function readByKeys(
  connection: Connection,
  table: MoveTable,
  side: Side,
  { keys }: KeyedRowsRequest,
  room: MessageRoom,
): Promise<object> {
  const values = keys.map((key) => key.map(decodeValue));
  const found = await selectByKeys(connection, table[side], table.columns[side], values);
  const byKey = new Map(found.map((row) => [keyText(table[side], row), encodeRow(row)]));
  const each = keys.map((key) => byKey.get(JSON.stringify(key)));
  const sizes = each.map((row) => (row ? Buffer.byteLength(JSON.stringify(row)) : 0));
  const taken = countFitting(sizes, room, `the row ${JSON.stringify(keys[0])} of ${table[side].table}`);
  return { accepted: true, taken, rows: each.slice(0, taken).filter((row) => row !== undefined) };
}

/** Compares this side's replica with what its owner has under the same keys; changes nothing. */
export async function compareByKeys(
  connection: Connection,
  move: Move,
  table: MoveTable,
  replica: Side,
  { keys, rows }: ComparisonRequest,
): Promise<object> {
  const pairs = await pairUp(connection, move.capability, replica, table, { keys, rows });
  const differences = pairs.flatMap(({ key, bucket, owners, replicas }): RowDifference[] => {
    const difference = compareRows(table, replica, owners, replicas);
    return difference ? [{ key, bucket, ...difference }] : [];
  });
  return { accepted: true, differences };
}
