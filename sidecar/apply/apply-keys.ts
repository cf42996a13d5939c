import type { KeysSignal } from '#contracts/strangler/change-message.js';
import { type MoveTable, otherSide, type Row, type Side, type Value } from '#contracts/strangler/move.js';
import { decodeRow, decodeValue, type WireValue } from '#contracts/strangler/row-values.js';
import type { KeysReport, RowDifference } from '#contracts/strangler/verify.js';
import { openToChunk } from './apply-chunk.js';
import { keyText } from './plan-writes.js';
import { deleteKeys } from './delete-keys.js';
import { RowRefused } from './row-refused.js';
import type { WriteInto } from './write-into.js';
import { writeRows } from './write-rows.js';
import type { Connection } from '../database/connect-mysql.js';
import { bucketOfRow } from '../rows/bucket-of-row.js';
import { readOwners } from '../state/owner-rows.js';
import { TwoOwners } from '../ownership/two-owners.js';
import { compareRows } from '../rows/compare-rows.js';
import { selectByKeys } from '../rows/select-by-keys.js';

interface Pair {
  key: WireValue[];
  bucket: number;
  /** What the owner has, in its own form. */
  owners: Row | undefined;
  replicas: Row | undefined;
}

/**
 * Compares the replica with what its source had at this place of the log, and mends it unless only a check was asked for,
 * in the transaction that brings the replica to that place. Rows of buckets that this side owns, or has owned since the
 * source read them, are left alone. Nothing here stops the stream: what can't be mended is reported.
 */
export async function applyKeys(
  into: WriteInto,
  replica: Side,
  table: MoveTable,
  signal: KeysSignal,
): Promise<KeysReport> {
  const { connection, capability } = into;
  const open = openToChunk(await readOwners(connection, capability, 'all', 'shared'), signal.epochs);
  const pairs = await pairUp(connection, capability, replica, table, signal);
  const differences: RowDifference[] = [];
  const undecided: WireValue[][] = [];
  const wrong: Pair[] = [];
  for (const pair of pairs) {
    const { key, bucket, owners, replicas } = pair;
    const movedAway = replicas && !open.has(bucketOfRow(capability, table[replica], replicas));
    if (!open.has(bucket) || movedAway) undecided.push(key);
    else {
      const difference = compareRows(table, replica, owners, replicas);
      if (!difference) continue;
      differences.push({ key, bucket, ...difference });
      if (difference.kind !== 'not-mapped') wrong.push(pair);
    }
  }
  const problem = signal.check ? null : await mend(into, replica, table, wrong);
  const told = problem === null ? differences : differences.map((one) => ({ ...one, problem }));
  return { id: signal.id, outcome: 'met', differences: told, undecided };
}

/** Both rows of each key; keys that neither side has are left out. @param sent what the owner has under the keys */
export async function pairUp(
  connection: Connection,
  capability: string,
  replica: Side,
  table: MoveTable,
  { keys, rows }: Pick<KeysSignal, 'keys' | 'rows'>,
): Promise<Pair[]> {
  const source = table[otherSide(replica)];
  const target = table[replica];
  const sent = new Map(rows.map((row) => [keyText(source, decodeRow(row)), decodeRow(row)]));
  const values = keys.map((key) => key.map(decodeValue));
  const found = new Map(
    (await selectByKeys(connection, target, table.columns[replica], values)).map((row) => [
      keyText(target, row),
      row,
    ]),
  );
  return keys.flatMap((key) => {
    const owners = sent.get(JSON.stringify(key));
    const replicas = found.get(JSON.stringify(key));
    if (!owners && !replicas) return [];
    const bucket = owners
      ? bucketOfRow(capability, source, owners)
      : bucketOfRow(capability, target, replicas ?? {});
    return [{ key, bucket, owners, replicas }];
  });
}

/** @returns why the database refused, or null; then nothing was mended, and what else the transaction does is not touched */
async function mend(
  into: WriteInto,
  replica: Side,
  table: MoveTable,
  wrong: readonly Pair[],
): Promise<string | null> {
  const { connection } = into;
  const target = table[replica];
  const map = replica === 'service' ? table.toService : table.toMonolith;
  const gone = wrong.filter(({ owners }) => !owners).map(({ key }): Value[] => key.map(decodeValue));
  const rows = wrong.flatMap(({ owners }) => (owners ? [map(owners)] : []));
  await connection.query('SAVEPOINT before_mending');
  try {
    // First what is too much: a key that differs from a right one by case only must not take it along.
    if (gone.length > 0) await deleteKeys(connection, target, gone);
    await writeRows(into, { kind: 'upsert', target, rows }, true);
    return null;
  } catch (error) {
    if (!(error instanceof RowRefused || error instanceof TwoOwners)) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT before_mending');
    return error.message;
  }
}
