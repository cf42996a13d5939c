import type { Sequelize } from 'sequelize';
import { notificationRequests } from '#contracts/shop/notification-requests.js';
import type { Guarded } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { requestRoute, type RequestRoute } from '#platform/messaging/serve-requests.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import type { Notifications } from '../use-cases/notifications.js';
import { listNotifications } from '../use-cases/read-notifications.js';
import { onceId, type QueueNotification } from '../use-cases/queue-notification.js';

/** What others ask of the service: each write a transaction that first holds the ownership of what it writes. */
export function notificationRequestRoutes(
  database: Sequelize,
  queue: QueueNotification<Guarded<'notifications'>>,
  notifications: Notifications<Guarded<'notifications'>>,
): RequestRoute[] {
  return [
    requestRoute(notificationRequests.all, async (page) => {
      const { items, nextCursor } = await listNotifications(notifications, page);
      return { items: items.map(({ to: _to, ...told }) => told), nextCursor };
    }),
    requestRoute(notificationRequests.notify, (wanted) =>
      runTransaction(database, async (transaction) => {
        const notificationId = onceId(wanted) ?? '';
        const guarded = await guardKeys(database, 'notifications', [notificationId], transaction);
        return queue(notificationId, wanted, guarded);
      }),
    ),
  ];
}
