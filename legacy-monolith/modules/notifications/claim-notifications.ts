import { QueryTypes, type Sequelize } from 'sequelize';
import { type Leases, takeLeases } from '#platform/database/leases.js';
import { chooseOwned } from '#platform/ownership/choose-owned.js';

export const leaseTable = 'notification_leases';

/** How long a sender may take before others believe it dead and send in its place, in milliseconds. */
const leaseMs = 60_000;

interface Due {
  key: string;
  /** As the database writes it. */
  due: string;
}

/** What one look has found. */
export interface Claimed extends Leases {
  /** There may be more. */
  more: boolean;
}

/**
 * Takes notifications of a channel that are due and owned by this side, for this sender alone. Several instances may claim at once:
 * each gets others. What a sender leaves behind when it dies is due again when its lease ends.
 */
export async function claimNotifications(
  database: Sequelize,
  channel: string,
  limit: number,
): Promise<Claimed> {
  const due = await chooseOwned(
    database,
    'notifications',
    (after: Due | undefined, page) => readDue(database, channel, after, page),
    limit,
  );
  const leases = await takeLeases(
    database,
    leaseTable,
    due.map(({ key }) => key),
    leaseMs,
  );
  return { ...leases, more: due.length === limit };
}

/** Those that are due for longest first; those that somebody works on are left out. */
function readDue(
  database: Sequelize,
  channel: string,
  after: Due | undefined,
  limit: number,
): Promise<Due[]> {
  const behind = after ? 'AND (next_attempt_at > ? OR (next_attempt_at = ? AND notification_id > ?))' : '';
  return database.query<Due>(
    `SELECT notification_id AS \`key\`, CAST(next_attempt_at AS CHAR) AS due
     FROM notifications LEFT JOIN ${leaseTable} ON lease_key = notification_id
     WHERE channel = ? AND status = 'QUEUED' AND next_attempt_at <= UTC_TIMESTAMP(3)
       AND (ends_at IS NULL OR ends_at < UTC_TIMESTAMP(3)) ${behind}
     ORDER BY next_attempt_at, notification_id LIMIT ${limit}`,
    { replacements: [channel, ...(after ? [after.due, after.due, after.key] : [])], type: QueryTypes.SELECT },
  );
}
