import type { Notification } from '#contracts/shop/notifications.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Page } from '#platform/http/page.js';
import { toNotification } from '../domain/notification.js';
import type { NotificationQuery, Notifications } from './notifications.js';

/** @throws AppError `not_found` */
export async function getNotification(
  notifications: Pick<Notifications<never>, 'find'>,
  notificationId: string,
): Promise<Notification> {
  const notification = await notifications.find(notificationId);
  if (!notification) throw new AppError('not_found', `There is no notification ${notificationId}`);
  return toNotification(notification);
}

/** Notifications, newest first: all, or those of one order. */
export async function listNotifications(
  notifications: Pick<Notifications<unknown>, 'read'>,
  query: NotificationQuery,
): Promise<Page<Notification>> {
  const { items, nextCursor } = await notifications.read(query);
  return { items: items.map(toNotification), nextCursor };
}
