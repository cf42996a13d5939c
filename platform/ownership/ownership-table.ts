import type { QueryInterface } from 'sequelize';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { column } from '#platform/database/columns.js';

/** Name of the table that says which buckets of a capability this database owns. */
export function ownershipTable(capability: string): `${string}_ownership` {
  return `${capability}_ownership`;
}

/**
 * Creates that table; for migrations. Over both sides at most one row per bucket is `owned`.
 * @param ownsAll true on the monolith, which owns everything before the first hand-over
 */
export async function createOwnershipTable(
  schema: QueryInterface,
  capability: string,
  ownsAll: boolean,
): Promise<void> {
  const table = ownershipTable(capability);
  await schema.createTable(table, {
    bucket: { type: 'TINYINT UNSIGNED', primaryKey: true },
    state: { type: column.code, allowNull: false },
    epoch: { type: column.count, allowNull: false },
    /** Newest token that this side has refused. */
    vetoed: { type: column.count, allowNull: false },
    changed_at: { type: column.instant, allowNull: false },
  });
  const row = ownsAll ? { state: 'owned', epoch: 1 } : { state: 'released', epoch: 0 };
  const buckets = Array.from({ length: bucketCount }, (_, index) => index + 1);
  await schema.bulkInsert(
    table,
    buckets.map((bucket) => ({ bucket, ...row, vetoed: 0, changed_at: new Date() })),
  );
}
