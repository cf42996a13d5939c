import type { ChunkSignal } from '#contracts/strangler/change-message.js';
import {
  type Move,
  otherSide,
  type Row,
  type Side,
  type TableOnSide,
  type Value,
} from '#contracts/strangler/move.js';
import type { VetoableRow } from '#contracts/strangler/ownership.js';
import { decodeValue, encodeValue } from '#contracts/strangler/row-values.js';
import { type Connection, quoteName, selectRows } from '../database/connect-mysql.js';
import { describeColumns, keyOrder } from '../database/describe-columns.js';
import { keyRange } from '../database/key-range.js';
import { bucketOfRow } from '../rows/bucket-of-row.js';
import { readOwners } from '../state/owner-rows.js';
import { markFilled } from '../state/applied-state.js';
import { advanceBackfill, coversMove, loadProgress } from './backfill-progress.js';
import { type ChunkWrite, keyText } from './plan-writes.js';
import { deleteKeys } from './delete-keys.js';
import type { WriteInto } from './write-into.js';
import { writeRows } from './write-rows.js';

/** Two tables whose keys sort differently can't be compared range by range. */
export class KeyOrderDiffers extends Error {}

/**
 * Makes a key range of the replica what the source said it is, and notes the progress, in the transaction at hand.
 * Only rows of buckets that have not been this side's since the source read them are touched: of any other bucket this
 * side has, or had, newer rows. A chunk that isn't the next one of its table is ignored: it will be asked for again.
 * @throws KeyOrderDiffers
 */
export async function applyChunk(
  into: WriteInto,
  move: Move,
  replica: Side,
  write: ChunkWrite,
  oneByOne: boolean,
): Promise<void> {
  const { connection, capability } = into;
  const { chunk, table, rows } = write;
  const progress = await loadProgress(connection, capability);
  const own = progress.find((one) => one.table === table[otherSide(replica)].table);
  if (!own || own.complete || JSON.stringify(own.nextAfter) !== JSON.stringify(chunk.after)) return;
  const target = table[replica];
  await checkKeyOrder(connection, target, chunk.keyOrder);
  const open = openToChunk(await readOwners(connection, capability, 'all', 'shared'), chunk.epochs);
  const isOpen = (row: Row): boolean => open.has(bucketOfRow(capability, target, row));
  const found = await rowsInRange(connection, target, chunk);
  const kept = new Set(found.filter((row) => !isOpen(row)).map((row) => keyText(target, row)));
  const taken = rows.filter((row) => isOpen(row) && !kept.has(keyText(target, row)));
  await deleteAbsent(connection, target, write, found.filter(isOpen));
  await writeRows(into, { kind: 'upsert', target, rows: taken }, oneByOne);
  await advanceBackfill(connection, capability, own.table, chunk.upTo, rows.length + chunk.changed.length);
  const rest = progress.filter((one) => one !== own);
  // Told by the move's tables, not by the rows that are there: a table without a row has never been read.
  const isLast = coversMove(progress, move, replica) && rest.every(({ complete }) => complete);
  if (chunk.upTo === null && isLast) await markFilled(connection, capability);
}

/**
 * Buckets whose rows the replica takes from its source: it does not own them, and has not owned them since they were read.
 * @param epochs of the buckets 1, 2, ... in the source's snapshot
 */
export function openToChunk(owners: readonly VetoableRow[], epochs: readonly number[]): Set<number> {
  const open = new Set(epochs.map((_, index) => index + 1));
  for (const { bucket, state, epoch } of owners)
    if (state === 'owned' || epoch > (epochs[bucket - 1] ?? 0)) open.delete(bucket);
  return open;
}

async function checkKeyOrder(connection: Connection, target: TableOnSide, expected: string): Promise<void> {
  const found = keyOrder(await describeColumns(connection, target.table), target.key);
  if (found === expected) return;
  throw new KeyOrderDiffers(
    `the key of ${target.table} is ${found}, its source's is ${expected}: give both the same types and collations`,
  );
}

/** Keys of the replica's rows that the chunk speaks of, and what decides who owns them. */
async function rowsInRange(
  connection: Connection,
  { table, key, ownedBy }: TableOnSide,
  { after, upTo }: ChunkSignal,
): Promise<Row[]> {
  const range = keyRange(key, after?.map(decodeValue) ?? null, upTo?.map(decodeValue) ?? null);
  const columns = [...new Set([...key, ownedBy])].map(quoteName).join(', ');
  return selectRows<Row>(
    connection,
    `SELECT ${columns} FROM ${quoteName(table)} WHERE ${range.sql}`,
    range.values,
  );
}

/** Removed before the others are written: a key that differs from an absent one by case only must survive. */
async function deleteAbsent(
  connection: Connection,
  target: TableOnSide,
  { chunk, rows }: ChunkWrite,
  found: readonly Row[],
): Promise<void> {
  const wireKey = (key: unknown[]): string => JSON.stringify(key);
  const present = new Set([...rows.map((row) => keyText(target, row)), ...chunk.changed.map(wireKey)]);
  const absent = found.map((row) => target.key.map((column): Value => row[column] ?? null));
  const gone = absent.filter((key) => !present.has(wireKey(key.map(encodeValue))));
  if (gone.length > 0) await deleteKeys(connection, target, gone);
}
