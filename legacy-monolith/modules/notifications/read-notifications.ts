import type { Notification } from '#contracts/shop/notifications.js';
import { readNewestFirst } from '#platform/database/newest-first.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Page } from '#platform/http/page.js';
import { type NotificationTable, toNotification } from './notification-table.js';

/** @throws AppError `not_found` */
export async function getNotification(
  notifications: NotificationTable,
  notificationId: string,
): Promise<Notification> {
  const row = await notifications.findByPk(notificationId);
  if (!row) throw new AppError('not_found', `There is no notification ${notificationId}`);
  return toNotification(row);
}

/** Notifications, newest first: all, or those of one order. */
export async function listNotifications(
  notifications: NotificationTable,
  { orderId, ...page }: { orderId?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<Notification>> {
  const where = orderId === undefined ? {} : { orderId };
  const { items, nextCursor } = await readNewestFirst(notifications, 'notificationId', where, page);
  return { items: items.map(toNotification), nextCursor };
}
