import type { StoreReading } from '#contracts/strangler/growth.js';
import type { AgeLimit, Store } from '#contracts/strangler/store.js';
import { judgeAge, judgeRows } from './judge-readings.js';

/** Runs one statement and returns its rows; in MySQL's dialect. */
export type RunQuery = (sql: string, values: readonly unknown[]) => Promise<Record<string, unknown>[]>;

/** What there is in the tables of one schema. */
export interface TableSizes {
  /** By table: data and indexes, as the server estimates. */
  bytes: ReadonlyMap<string, number>;
  readings: StoreReading[];
}

/**
 * Measures tables against their bounds. A table that is not there, as one that was retired, is left out.
 * @param place behind the table's name, for people: ` of orders`
 */
export async function measureTables(
  run: RunQuery,
  stores: readonly Store[],
  place: string,
): Promise<TableSizes> {
  const sizes = await readSizes(run);
  const bytes = new Map<string, number>();
  const readings: StoreReading[] = [];
  for (const { kind, name, bound } of stores) {
    const size = sizes.get(name);
    if (kind !== 'table' || !size) continue;
    const store = name + place;
    bytes.set(store, size.bytes);
    if (bound.kind === 'rows') readings.push(judgeRows(store, bound.rows, size.rows));
    if (bound.kind !== 'age') continue;
    for (const limit of bound.limits)
      if (limit.column !== undefined)
        readings.push(judgeAge(store, limit, await oldest(run, name, { ...limit, column: limit.column })));
  }
  return { bytes, readings };
}

async function readSizes(run: RunQuery): Promise<Map<string, { rows: number; bytes: number }>> {
  const found = await run(
    `SELECT table_name AS name, table_rows AS entries, data_length + index_length AS bytes
     FROM information_schema.tables WHERE table_schema = DATABASE()`,
    [],
  );
  return new Map(
    found.map(({ name, entries, bytes }) => [
      String(name),
      { rows: Number(entries ?? 0), bytes: Number(bytes ?? 0) },
    ]),
  );
}

/** Seconds since the oldest row; undefined where there is none. By an index, from its beginning. */
async function oldest(
  run: RunQuery,
  table: string,
  { column, order = column, where = `${column} IS NOT NULL` }: AgeLimit & { column: string },
): Promise<number | undefined> {
  const [row] = await run(
    `SELECT TIMESTAMPDIFF(SECOND, ${column}, UTC_TIMESTAMP(3)) AS age FROM \`${table}\`
     WHERE ${where} ORDER BY ${order} LIMIT 1`,
    [],
  );
  return row?.['age'] === undefined || row['age'] === null ? undefined : Number(row['age']);
}
