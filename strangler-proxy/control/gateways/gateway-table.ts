import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { GatewayList, KnownGateway } from '#contracts/strangler/known-gateways.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import {
  lockListVersion,
  raiseListVersion,
  readListVersion,
  type VersionedList,
} from '../journal/list-version.js';

const list: VersionedList = { table: 'known_gateway_list', of: 'gateways' };

type Gateway = Pick<KnownGateway, 'adminUrl' | 'gateway'>;

/** All that are remembered, by address, and the version of their list. */
export async function readGateways(
  database: Sequelize,
  transaction: Transaction | null = null,
): Promise<GatewayList> {
  // The version comes first: a change that is made in between makes it an old one, never a new one of an old list.
  const version = await readListVersion(database, list, transaction);
  const rows = await database.query<{
    admin_url: string;
    gateway: string;
    first_seen_at: Date;
    last_seen_at: Date;
  }>('SELECT admin_url, gateway, first_seen_at, last_seen_at FROM known_gateway ORDER BY admin_url', {
    ...{ type: QueryTypes.SELECT, transaction },
  });
  const items = rows.map(({ admin_url, gateway, first_seen_at, last_seen_at }) => ({
    adminUrl: admin_url,
    gateway,
    firstSeenAt: first_seen_at.toISOString(),
    lastSeenAt: last_seen_at.toISOString(),
  }));
  return { version, items };
}

/** Remembers that a gateway is there now. The list changes where it was not, or another one was at its address. */
export async function rememberGateway(database: Sequelize, { adminUrl, gateway }: Gateway): Promise<void> {
  const seen = await database.query(
    'UPDATE known_gateway SET last_seen_at = UTC_TIMESTAMP(3) WHERE admin_url = ? AND gateway = ?',
    { replacements: [adminUrl, gateway], type: QueryTypes.BULKUPDATE },
  );
  if (seen > 0) return;
  await runTransaction(database, async (transaction) => {
    await lockList(database, transaction);
    await database.query(
      `INSERT INTO known_gateway (admin_url, gateway, first_seen_at, last_seen_at)
       VALUES (?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
       ON DUPLICATE KEY UPDATE gateway = VALUES(gateway), last_seen_at = VALUES(last_seen_at)`,
      { replacements: [adminUrl, gateway], transaction },
    );
    await raiseListVersion(database, list, transaction);
  });
}

/** Forgets a gateway that has said good-bye, unless another one is at its address by now. @returns whether it was known */
export function removeGateway(database: Sequelize, { adminUrl, gateway }: Gateway): Promise<boolean> {
  return runTransaction(database, async (transaction) => {
    await lockList(database, transaction);
    const removed = await database.query('DELETE FROM known_gateway WHERE admin_url = ? AND gateway = ?', {
      ...{ replacements: [adminUrl, gateway], type: QueryTypes.BULKDELETE, transaction },
    });
    if (removed > 0) await raiseListVersion(database, list, transaction);
    return removed > 0;
  });
}

/** Forgets whichever gateway is at an address. @param transaction that has locked the list */
export async function removeAddress(
  database: Sequelize,
  adminUrl: string,
  transaction: Transaction,
): Promise<void> {
  await database.query('DELETE FROM known_gateway WHERE admin_url = ?', {
    ...{ replacements: [adminUrl], type: QueryTypes.BULKDELETE, transaction },
  });
  await raiseListVersion(database, list, transaction);
}

/** Lets nobody else change the list until the transaction ends. @returns the list's version */
export function lockList(database: Sequelize, transaction: Transaction): Promise<number> {
  return lockListVersion(database, list, transaction);
}
