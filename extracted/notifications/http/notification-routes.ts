import { notificationsEndpoints } from '#contracts/shop/notifications.js';
import type { Guarded } from '#platform/database/guarded.js';
import { plain, resource } from '#platform/http/answers.js';
import { readRoute, type Route, type RunWrite, writeRoute } from '#platform/http/route.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import type { Notifications } from '../use-cases/notifications.js';
import { onceId, type QueueNotification } from '../use-cases/queue-notification.js';
import { getNotification, listNotifications } from '../use-cases/read-notifications.js';

export interface NotificationRoutesWork {
  notifications: Notifications<Guarded<'notifications'>>;
  queue: QueueNotification<Guarded<'notifications'>>;
  /** Runs a write that may happen on this side, once per Idempotency-Key. */
  runWrite: RunWrite<Guarded<'notifications'>>;
}

/** The notifications endpoints of the contract. */
export function notificationRoutes({ notifications, queue, runWrite }: NotificationRoutesWork): Route[] {
  return [
    readRoute(notificationsEndpoints.list, async ({ query }) =>
      plain(await listNotifications(notifications, query)),
    ),
    readRoute(notificationsEndpoints.get, async ({ params }) =>
      resource(await getNotification(notifications, params.notificationId)),
    ),
    writeRoute(
      notificationsEndpoints.create,
      runWrite,
      ({ body, assignedId, idempotencyKey }) =>
        onceId(body) ?? assignedId ?? chooseId('notifications', idempotencyKey),
      async ({ body }, transaction, notificationId) => {
        const queued = await queue(notificationId, body, transaction);
        return resource(queued, 202, { location: `/notifications/${queued.notificationId}` });
      },
    ),
  ];
}
