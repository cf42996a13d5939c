import { QueryTypes, type Sequelize } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import type { NotificationRow, NotificationTable } from './notification-table.js';

/** How long a sender may take before others believe it dead and send in its place, in seconds. */
const leaseSeconds = 60;

const due = `SELECT notification_id AS id FROM notifications
  WHERE status = 'QUEUED' AND next_attempt_at <= UTC_TIMESTAMP(3)`;

export interface Claimed {
  lease: string;
  rows: NotificationRow[];
}

/**
 * Takes notifications that are due, for this sender alone. Several instances may claim at once: each gets
 * others. What a sender leaves behind when it dies is due again when its lease ends.
 */
export async function claimNotifications(
  database: Sequelize,
  notifications: NotificationTable,
  limit: number,
): Promise<Claimed> {
  const lease = uuidv7();
  // Most looks find nothing: they shall not cost a transaction.
  if ((await database.query(`${due} LIMIT 1`, { type: QueryTypes.SELECT })).length === 0) {
    return { lease, rows: [] };
  }
  return database.transaction(async (transaction) => {
    const found = await database.query<{ id: string }>(
      `${due} ORDER BY next_attempt_at LIMIT ? FOR UPDATE SKIP LOCKED`,
      { replacements: [limit], type: QueryTypes.SELECT, transaction },
    );
    const notificationId = found.map(({ id }) => id);
    if (notificationId.length === 0) return { lease, rows: [] };
    await database.query(
      `UPDATE notifications SET lease = ?, next_attempt_at = UTC_TIMESTAMP(3) + INTERVAL ? SECOND
       WHERE notification_id IN (?)`,
      { replacements: [lease, leaseSeconds, notificationId], transaction },
    );
    return { lease, rows: await notifications.findAll({ where: { notificationId }, transaction }) };
  });
}
