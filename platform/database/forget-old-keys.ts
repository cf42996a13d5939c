import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { idempotencyHours } from '#contracts/strangler/retention.js';
import type { HeldKeys } from './guarded.js';
import { idempotencyTable } from './idempotency.js';
import { runTransaction } from './run-transaction.js';

/** Records of one transaction: few enough that no lock is held for long. */
const batch = 1_000;

/** Holds those of these resources whose records this database may write, until the transaction ends. */
export type HoldResources = (
  resourceKeys: readonly string[],
  transaction: Transaction,
) => Promise<HeldKeys<string>>;

interface OldKey {
  idempotency_key: string;
  resource_key: string;
  /** As the database writes it. */
  created: string;
}

/**
 * Forgets the Idempotency-Keys of a capability that are older than 24 hours, those of resources that this side owns.
 * The other side forgets the rest: one that both delete would be deleted once more on arrival.
 */
export async function forgetOldKeys(
  database: Sequelize,
  capability: string,
  hold: HoldResources,
): Promise<void> {
  const table = idempotencyTable(capability);
  let last: OldKey | undefined = { idempotency_key: '', resource_key: '', created: '1000-01-01' };
  while (last !== undefined) {
    const old: OldKey[] = await findOld(database, table, last);
    if (old.length > 0)
      await runTransaction(database, (transaction) => forget(database, table, old, hold, transaction));
    last = old.at(-1);
  }
}

/** In order of their age; those that the other side has yet to forget are passed by. */
function findOld(database: Sequelize, table: string, last: OldKey): Promise<OldKey[]> {
  const { created, idempotency_key: key, resource_key: resource } = last;
  return database.query<OldKey>(
    `SELECT idempotency_key, resource_key, CAST(created_at AS CHAR) AS created FROM ${table}
     WHERE created_at < UTC_TIMESTAMP(3) - INTERVAL ${idempotencyHours} HOUR AND created_at >= ?
       AND (created_at > ? OR idempotency_key > ? OR (idempotency_key = ? AND resource_key > ?))
     ORDER BY created_at, idempotency_key, resource_key LIMIT ${batch}`,
    { replacements: [created, created, key, key, resource], type: QueryTypes.SELECT },
  );
}

async function forget(
  database: Sequelize,
  table: string,
  old: readonly OldKey[],
  hold: HoldResources,
  transaction: Transaction,
): Promise<void> {
  const held = await hold([...new Set(old.map((key) => key.resource_key))], transaction);
  const ours = old.filter((key) => held.keys.has(key.resource_key));
  if (ours.length === 0) return;
  await database.query(
    `DELETE FROM ${table} WHERE idempotency_key IN (?) AND (idempotency_key, resource_key) IN (?)`,
    {
      replacements: [
        ours.map((key) => key.idempotency_key),
        ours.map((key) => [key.idempotency_key, key.resource_key]),
      ],
      transaction: held.transaction,
    },
  );
}
