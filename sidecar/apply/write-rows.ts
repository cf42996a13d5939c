import type { Row, TableOnSide } from '#contracts/strangler/move.js';
import { refuseOwnRows } from '../ownership/hold-buckets.js';
import { TwoOwners } from '../ownership/two-owners.js';
import { withoutBlanks, writeBlanks } from './blank-enums.js';
import { deleteKeys } from './delete-keys.js';
import { upsertByKey } from './insert-rows.js';
import { lockByKey } from './lock-rows.js';
import type { RowsWrite } from './plan-writes.js';
import { isPassing, RowRefused } from './row-refused.js';
import { shapeOf, type TableShape } from './table-shape.js';
import { upsertUnique } from './upsert-unique.js';
import type { WriteInto } from './write-into.js';

/** Bounds of one statement. */
const mostRows = 500;
const mostCharacters = 1_000_000;

/**
 * Writes or removes rows with as few statements as reasonable. Columns that a row does not name stay as they are. Rows
 * that are this side's own are never overwritten or removed, by whatever key they collide with the ones that are written.
 * @param oneByOne one statement a row, so that an error tells which it was
 * @throws TwoOwners, or RowRefused when the database refuses and there is nothing to repeat
 */
export async function writeRows(
  into: WriteInto,
  write: Omit<RowsWrite, 'buckets'>,
  oneByOne: boolean,
): Promise<void> {
  const { kind, target } = write;
  for (const rows of slices(write.rows, oneByOne ? 1 : mostRows)) {
    try {
      const shape = await shapeOf(into.connection, target);
      if (kind === 'delete') await deleteRows(into, shape, target, rows);
      else {
        const { rows: filled, blanks } = withoutBlanks(shape, rows);
        await upsertRows(into, shape, target, filled);
        await writeBlanks(into.connection, target, blanks);
      }
    } catch (error) {
      if (error instanceof TwoOwners || error instanceof RowRefused || isPassing(error)) throw error;
      throw new RowRefused(target.table, rows[0] ?? {}, error);
    }
  }
}

async function upsertRows(
  into: WriteInto,
  shape: TableShape,
  target: TableOnSide,
  rows: Row[],
): Promise<void> {
  const written = new Set(Object.keys(rows[0] ?? {}));
  const bound = shape.uniqueKeys.filter((key) => key.some((column) => written.has(column)));
  if (bound.length > 0) return upsertUnique(into, shape, bound, target, rows);
  await refuseOwnTargets(into, shape, target, rows);
  await upsertByKey(into.connection, target, rows);
}

async function deleteRows(
  into: WriteInto,
  shape: TableShape,
  target: TableOnSide,
  rows: Row[],
): Promise<void> {
  await refuseOwnTargets(into, shape, target, rows);
  await deleteKeys(
    into.connection,
    target,
    rows.map((row) => target.key.map((column) => row[column] ?? null)),
  );
}

/** Where the key does not tell who owns the row that is there, it is looked at. */
async function refuseOwnTargets(
  { connection, capability, held }: WriteInto,
  shape: TableShape,
  target: TableOnSide,
  rows: readonly Row[],
): Promise<void> {
  if (shape.keyTellsOwner) return;
  const found = await lockByKey(connection, target, [...target.key, target.ownedBy], rows);
  await refuseOwnRows(connection, capability, held, target, found);
}

function* slices(rows: Row[], most: number): Generator<Row[]> {
  let slice: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    const size = Object.values(row).reduce<number>(
      (sum, value) => sum + (typeof value === 'object' ? (value?.length ?? 4) * 2 : String(value).length),
      0,
    );
    if (slice.length > 0 && (slice.length === most || characters + size > mostCharacters)) {
      yield slice;
      slice = [];
      characters = 0;
    }
    slice.push(row);
    characters += size;
  }
  if (slice.length > 0) yield slice;
}
