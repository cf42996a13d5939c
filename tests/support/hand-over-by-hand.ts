import { QueryTypes, type Sequelize } from 'sequelize';
import { type Move, otherSide, type Row, type Side } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { bucketsOf } from '#platform/ownership/guard-keys.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';

/** The databases of both sides, for tests that have no sidecars. */
export type BothDatabases = Record<Side, Sequelize>;

/** Moves the buckets of keys, with all their rows, as a hand-over would; whoever owns them already keeps them. */
export async function handOverByHand(
  databases: BothDatabases,
  move: Move,
  keys: readonly string[],
  to: Side,
): Promise<void> {
  const moving = await ownedBy(databases[otherSide(to)], move.capability, keys);
  if (moving.length === 0) return;
  await releaseByHand(databases, move, moving, otherSide(to));
  await grantByHand(databases, move, moving, to);
}

async function ownedBy(database: Sequelize, capability: string, keys: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ bucket: number }>(
    `SELECT bucket FROM ${ownershipTable(capability)} WHERE state = 'owned'`,
    { type: QueryTypes.SELECT },
  );
  return keys.filter((key) => rows.some(({ bucket }) => bucket === bucketOfKey(capability, key)));
}

/** Leaves the buckets of keys between two owners, as the first half of a hand-over does. */
export async function releaseByHand(
  databases: BothDatabases,
  { capability }: Move,
  keys: readonly string[],
  by: Side,
): Promise<void> {
  await databases[by].query(
    `UPDATE ${ownershipTable(capability)} SET state = 'released', epoch = epoch + 1
     WHERE bucket IN (?) AND state = 'owned'`,
    { replacements: [bucketsOf(capability, keys)] },
  );
}

/** The second half: the rows arrive, and behind them the ownership. */
export async function grantByHand(
  databases: BothDatabases,
  move: Move,
  keys: readonly string[],
  to: Side,
): Promise<void> {
  const { capability } = move;
  await copyRows(databases, move, bucketsOf(capability, keys), to);
  for (const bucket of bucketsOf(capability, keys)) {
    const [row] = await databases[otherSide(to)].query<{ epoch: number }>(
      `SELECT epoch FROM ${ownershipTable(capability)} WHERE bucket = ?`,
      { replacements: [bucket], type: QueryTypes.SELECT },
    );
    await databases[to].query(
      `UPDATE ${ownershipTable(capability)} SET state = 'owned', epoch = ? WHERE bucket = ? AND epoch < ?`,
      { replacements: [row?.epoch, bucket, row?.epoch] },
    );
  }
}

async function copyRows(
  databases: BothDatabases,
  { capability, tables }: Move,
  buckets: readonly number[],
  to: Side,
): Promise<void> {
  const from = otherSide(to);
  for (const table of tables) {
    const rows = await databases[from].query<Row>(`SELECT * FROM ${table[from].table}`, {
      type: QueryTypes.SELECT,
    });
    for (const row of rows) {
      if (!buckets.includes(bucketOfKey(capability, String(row[table[from].ownedBy])))) continue;
      const mapped = to === 'service' ? table.toService(row) : table.toMonolith(row);
      await databases[to].query(
        `REPLACE INTO ${table[to].table} (${Object.keys(mapped).join(', ')}) VALUES (?)`,
        { replacements: [Object.values(mapped)] },
      );
    }
  }
}
