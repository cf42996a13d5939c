import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { refuseOwnRows } from '../ownership/hold-buckets.js';
import { deleteKeys } from './delete-keys.js';
import { insertRows, upsertByKey } from './insert-rows.js';
import { lockByKey, lockWholeRows } from './lock-rows.js';
import { keyText } from './plan-writes.js';
import { type TableShape, uniqueText } from './table-shape.js';
import type { WriteInto } from './write-into.js';

/**
 * Writes rows to a table with unique keys besides the primary one. A row that holds a unique value of another row is one
 * that the source no longer has like that: it gives way. If it is written, too, it is put back with its new values, and
 * with those that the move does not name.
 * @param uniqueKeys those with a column that is written
 * @throws TwoOwners when a row that would give way or be overwritten is this side's own
 */
export async function upsertUnique(
  into: WriteInto,
  shape: TableShape,
  uniqueKeys: readonly (readonly string[])[],
  target: TableOnSide,
  rows: readonly Row[],
): Promise<void> {
  const { connection, capability, held } = into;
  const there = await lockByKey(connection, target, [...target.key, target.ownedBy], rows);
  await refuseOwnRows(connection, capability, held, target, there);
  const inTheWay = await findInTheWay(into, shape, uniqueKeys, target, rows);
  await refuseOwnRows(connection, capability, held, target, [...inTheWay.values()]);
  const keys = [...inTheWay.values()].map((row) => target.key.map((column) => row[column] ?? null));
  if (keys.length > 0) await deleteKeys(connection, target, keys);
  const stay = rows.filter((row) => !inTheWay.has(keyText(target, row)));
  const { present, absent } = await splitByPresence(into, target, stay, there);
  await upsertByKey(connection, target, present);
  // A row that another connection puts in the way from now on makes this fail, rather than be overwritten.
  await insertRows(connection, target, absent);
  await insertRows(connection, target, putBack(shape, target, rows, inTheWay));
}

/** Rows that hold a unique value which another row is to have, by their primary keys. */
async function findInTheWay(
  { connection }: WriteInto,
  { columns }: TableShape,
  uniqueKeys: readonly (readonly string[])[],
  target: TableOnSide,
  rows: readonly Row[],
): Promise<Map<string, Row>> {
  const next = new Map(rows.map((row) => [keyText(target, row), row]));
  const inTheWay = new Map<string, Row>();
  for (const key of uniqueKeys) {
    const bound = rows.filter((row) => uniqueText(key, row) !== undefined);
    for (const row of await lockWholeRows(connection, target, columns, key, bound)) {
      const written = next.get(keyText(target, row));
      if (written && uniqueText(key, written) === uniqueText(key, row)) continue;
      inTheWay.set(keyText(target, row), row);
    }
  }
  return inTheWay;
}

/**
 * Tells rows whose primary key is there from others. The database may take a key for another that is written
 * differently: it is asked about those that are not found as they are.
 */
async function splitByPresence(
  { connection }: WriteInto,
  target: TableOnSide,
  rows: readonly Row[],
  there: readonly Row[],
): Promise<{ present: Row[]; absent: Row[] }> {
  const known = new Set(there.map((row) => keyText(target, row)));
  const isThere = (row: Row): boolean => known.has(keyText(target, row));
  const [present, absent] = [rows.filter(isThere), rows.filter((row) => !isThere(row))];
  if (present.length === there.length) return { present, absent };
  const unlike: Row[] = [];
  for (const row of absent)
    if ((await lockByKey(connection, target, target.key, [row])).length > 0) unlike.push(row);
  return { present: [...present, ...unlike], absent: absent.filter((row) => !unlike.includes(row)) };
}

function putBack(
  { columns }: TableShape,
  target: TableOnSide,
  rows: readonly Row[],
  inTheWay: ReadonlyMap<string, Row>,
): Row[] {
  const stored = columns.filter(({ generated }) => !generated).map(({ name }) => name);
  return rows.flatMap((row) => {
    const old = inTheWay.get(keyText(target, row));
    return old ? [Object.fromEntries(stored.map((name) => [name, row[name] ?? old[name] ?? null]))] : [];
  });
}
