import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { dropLease, holdsLease, renewLease, takeLeases } from '#platform/database/leases.js';
import { chooseOwned } from '#platform/ownership/choose-owned.js';
import { longestWaitMs } from '#platform/mail/send-message.js';
import type { Queue } from '../use-cases/notifications.js';

export const leaseTable = 'notification_leases';

/** How long a sender may take before others believe it dead and send in its place, in milliseconds. */
const leaseMs = 60_000;
/** Longest time that one sending takes, with a margin: what is begun ends within its lease. */
const longestSendMs = 30_000;

interface Due {
  key: string;
  /** As the database writes it. */
  due: string;
}

/** The queue in the service's own schema. */
export function queueIn(database: Sequelize): Queue<Transaction> {
  return {
    claim: async (channel, limit) => {
      const due = await chooseOwned(
        database,
        'notifications',
        (after: Due | undefined, page) => readDue(database, channel, after, page),
        limit,
      );
      const keys = due.map(({ key }) => key);
      const leases = await takeLeases(database, leaseTable, keys, leaseMs);
      return { holder: leases.holder, ids: leases.keys, more: due.length === limit };
    },
    holds: (key, holder, toSend, transaction) =>
      holdsLease(database, leaseTable, { key, holder, forMs: toSend ? longestSendMs : 0 }, transaction),
    keepWaiting: (key, holder, transaction) =>
      renewLease(database, leaseTable, { key, holder, forMs: longestWaitMs }, transaction),
    giveBack: (key, holder, transaction) => dropLease(database, leaseTable, { key, holder }, transaction),
  };
}

/** Those that are due for longest first; those that somebody works on are left out. */
function readDue(
  database: Sequelize,
  channel: string,
  after: Due | undefined,
  limit: number,
): Promise<Due[]> {
  const behind = after ? 'AND (due_at > ? OR (due_at = ? AND notification_id > ?))' : '';
  return database.query<Due>(
    `SELECT notification_id AS \`key\`, CAST(due_at AS CHAR) AS due
     FROM notifications LEFT JOIN ${leaseTable} ON lease_key = notification_id
     WHERE channel = ? AND due_at <= UTC_TIMESTAMP(3) AND (ends_at IS NULL OR ends_at < UTC_TIMESTAMP(3)) ${behind}
     ORDER BY due_at, notification_id LIMIT ${limit}`,
    { replacements: [channel, ...(after ? [after.due, after.due, after.key] : [])], type: QueryTypes.SELECT },
  );
}
