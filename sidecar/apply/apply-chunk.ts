import { otherSide, type Row, type Side, type TableOnSide, type Value } from '#contracts/strangler/move.js';
import { decodeValue, encodeValue } from '#contracts/strangler/row-values.js';
import { type Connection, quoteName, selectRows } from '../connect-mysql.js';
import { describeColumns, keyOrder } from '../describe-columns.js';
import { keyRange } from '../key-range.js';
import { markFilled } from './applied-state.js';
import { advanceBackfill, loadProgress } from './backfill-progress.js';
import { type ChunkWrite, keyText } from './plan-writes.js';
import { deleteKeys, writeRows } from './write-rows.js';

/** Two tables whose keys sort differently can't be compared range by range. */
export class KeyOrderDiffers extends Error {}

/**
 * Makes a key range of the replica what the source said it is, and notes the progress, in the transaction at hand.
 * A chunk that isn't the next one of its table is ignored: it will be asked for again.
 * @throws KeyOrderDiffers
 */
export async function applyChunk(
  connection: Connection,
  capability: string,
  replica: Side,
  write: ChunkWrite,
  oneByOne: boolean,
): Promise<void> {
  const { chunk, table, rows } = write;
  const progress = await loadProgress(connection, capability);
  const own = progress.find((one) => one.table === table[otherSide(replica)].table);
  if (!own || own.complete || JSON.stringify(own.nextAfter) !== JSON.stringify(chunk.after)) return;
  const target = table[replica];
  await checkKeyOrder(connection, target, chunk.keyOrder);
  await deleteAbsent(connection, target, write);
  await writeRows(connection, { kind: 'upsert', target, rows }, oneByOne);
  await advanceBackfill(connection, capability, own.table, chunk.upTo, rows.length + chunk.changed.length);
  const rest = progress.filter((one) => one !== own);
  if (chunk.upTo === null && rest.every(({ complete }) => complete)) await markFilled(connection, capability);
}

async function checkKeyOrder(connection: Connection, target: TableOnSide, expected: string): Promise<void> {
  const found = keyOrder(await describeColumns(connection, target.table), target.key);
  if (found === expected) return;
  throw new KeyOrderDiffers(
    `the key of ${target.table} is ${found}, its source's is ${expected}: give both the same types and collations`,
  );
}

/** Removed before the others are written: a key that differs from an absent one by case only must survive. */
async function deleteAbsent(
  connection: Connection,
  target: TableOnSide,
  { chunk, rows }: ChunkWrite,
): Promise<void> {
  const wireKey = (key: unknown[]): string => JSON.stringify(key);
  const present = new Set([...rows.map((row) => keyText(target, row)), ...chunk.changed.map(wireKey)]);
  const range = keyRange(
    target.key,
    chunk.after?.map(decodeValue) ?? null,
    chunk.upTo?.map(decodeValue) ?? null,
  );
  const found = await selectRows<Row>(
    connection,
    `SELECT ${target.key.map(quoteName).join(', ')} FROM ${quoteName(target.table)} WHERE ${range.sql}`,
    range.values,
  );
  const absent = found.map((row) => target.key.map((column): Value => row[column] ?? null));
  const gone = absent.filter((key) => !present.has(wireKey(key.map(encodeValue))));
  if (gone.length > 0) await deleteKeys(connection, target, gone);
}
