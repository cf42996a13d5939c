import { QueryTypes, type QueryInterface, type Sequelize, type Transaction } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import { column } from './columns.js';
import { runTransaction } from './run-transaction.js';

/** No move names one of these: who works on what stays on its side. */
export type LeaseTable = `${string}leases`;

/** Leases that one holder has taken together. */
export interface Leases {
  holder: string;
  keys: ReadonlySet<string>;
}

/**
 * Creates a table of leases: who works on what, so that other instances leave it alone; for migrations. It is
 * this side's own and no part of a move: nobody works on what its side does not own.
 */
export async function createLeaseTable(schema: QueryInterface, table: LeaseTable): Promise<void> {
  await schema.createTable(table, {
    lease_key: { type: column.id, primaryKey: true },
    holder: { type: column.id, allowNull: false },
    ends_at: { type: column.instant, allowNull: false },
  });
  await schema.addIndex(table, ['ends_at']);
}

/** Takes leases of those keys that nobody holds, or that a holder has kept for too long: it is believed dead. */
export async function takeLeases(
  database: Sequelize,
  table: LeaseTable,
  keys: readonly string[],
  milliseconds: number,
): Promise<Leases> {
  const holder = uuidv7();
  if (keys.length === 0) return { holder, keys: new Set() };
  // In order, so that two instances can't wait for each other.
  const sorted = [...keys].sort();
  const taken = await runTransaction(database, async (transaction) => {
    await database.query(
      `INSERT INTO ${table} (lease_key, holder, ends_at)
       VALUES ${sorted.map(() => '(?, ?, UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND)').join(', ')}
       ON DUPLICATE KEY UPDATE
         holder = IF(ends_at < UTC_TIMESTAMP(3), VALUES(holder), holder),
         ends_at = IF(holder = VALUES(holder), VALUES(ends_at), ends_at)`,
      { replacements: sorted.flatMap((key) => [key, holder, milliseconds * 1000]), transaction },
    );
    return database.query<{ lease_key: string }>(
      `SELECT lease_key FROM ${table} WHERE lease_key IN (?) AND holder = ?`,
      { replacements: [sorted, holder], type: QueryTypes.SELECT, transaction },
    );
  });
  return { holder, keys: new Set(taken.map(({ lease_key }) => lease_key)) };
}

/** Does the holder have the lease for at least so many milliseconds more? */
export async function holdsLease(
  database: Sequelize,
  table: LeaseTable,
  { key, holder, forMs }: { key: string; holder: string; forMs: number },
  transaction: Transaction,
): Promise<boolean> {
  const found = await database.query(
    `SELECT 1 FROM ${table}
     WHERE lease_key = ? AND holder = ? AND ends_at > UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND`,
    { replacements: [key, holder, forMs * 1000], type: QueryTypes.SELECT, transaction },
  );
  return found.length > 0;
}

/** Keeps a lease for so many milliseconds from now. @returns false if it was another's by now */
export async function renewLease(
  database: Sequelize,
  table: LeaseTable,
  { key, holder, forMs }: { key: string; holder: string; forMs: number },
  transaction: Transaction,
): Promise<boolean> {
  const [, renewed] = await database.query(
    `UPDATE ${table} SET ends_at = UTC_TIMESTAMP(3) + INTERVAL ? MICROSECOND WHERE lease_key = ? AND holder = ?`,
    { replacements: [forMs * 1000, key, holder], type: QueryTypes.UPDATE, transaction },
  );
  return renewed > 0;
}

/** Gives a lease back. @returns false if it was another's by now */
export async function dropLease(
  database: Sequelize,
  table: LeaseTable,
  { key, holder }: { key: string; holder: string },
  transaction: Transaction | null = null,
): Promise<boolean> {
  const dropped = await database.query(`DELETE FROM ${table} WHERE lease_key = ? AND holder = ?`, {
    replacements: [key, holder],
    type: QueryTypes.BULKDELETE,
    transaction,
  });
  return dropped > 0;
}

/** Forgets leases that ended long ago: what their holders died over may have become another side's business. */
export async function forgetEndedLeases(database: Sequelize, table: LeaseTable): Promise<void> {
  await database.query(`DELETE FROM ${table} WHERE ends_at < UTC_TIMESTAMP(3) - INTERVAL 1 HOUR LIMIT 1000`);
}
