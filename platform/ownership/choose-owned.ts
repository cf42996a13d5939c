import { QueryTypes, type Sequelize } from 'sequelize';
import { bucketOfKey } from './bucket-of-key.js';
import { ownershipTable } from './ownership-table.js';

/** A page of keys behind the last one that was seen, in an order that stays the same; fewer than `limit` at the end. */
export type ReadKeys<Row> = (after: Row | undefined, limit: number) => Promise<Row[]>;

/** Rows of one look; those of the other side are passed by. */
const page = 500;

/**
 * Chooses work for this side out of rows that may be the other's: at most `limit` whose keys it owns just now. It is
 * a choice and no guard: the transaction that writes has to hold the key all the same.
 */
export async function chooseOwned<Row extends { key: string }>(
  database: Sequelize,
  capability: string,
  read: ReadKeys<Row>,
  limit: number,
): Promise<Row[]> {
  const chosen: Row[] = [];
  let owned: ReadonlySet<number> | undefined;
  let last: Row | undefined;
  for (;;) {
    const rows = await read(last, page);
    if (rows.length === 0) return chosen;
    owned ??= await ownedBuckets(database, capability);
    for (const row of rows) {
      if (owned.has(bucketOfKey(capability, row.key))) chosen.push(row);
      if (chosen.length === limit) return chosen;
    }
    if (rows.length < page || owned.size === 0) return chosen;
    last = rows.at(-1);
  }
}

async function ownedBuckets(database: Sequelize, capability: string): Promise<ReadonlySet<number>> {
  const rows = await database.query<{ bucket: number }>(
    `SELECT bucket FROM ${ownershipTable(capability)} WHERE state = 'owned'`,
    { type: QueryTypes.SELECT },
  );
  return new Set(rows.map(({ bucket }) => bucket));
}
