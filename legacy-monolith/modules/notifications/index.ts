import type { Transaction } from 'sequelize';
import { notificationsEndpoints } from '#contracts/shop/notifications.js';
import { notificationRequests } from '#contracts/shop/notification-requests.js';
import { atMonolith } from '#contracts/strangler/service-endpoint.js';
import { AwaitedReplies } from '#platform/mail/awaited-replies.js';
import { requestRoute, type RequestRoute } from '#platform/messaging/serve-requests.js';
import { plain, resource } from '#platform/http/answers.js';
import { readRoute, type Route, writeRoute } from '#platform/http/route.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import type { Ask } from '#platform/messaging/ask-service.js';
import type { ModuleContext } from '../../context/module-context.js';
import { createTaskWorker } from '../../order-tasks/task-worker.js';
import { remoteService } from '../../context/remote-service.js';
import { type RepeatedTask, repeatTask } from '#platform/resilience/repeat-task.js';
import { forgetEndedLeases } from '#platform/database/leases.js';
import { leaseTable } from './claim-notifications.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import { v7 as uuidv7 } from 'uuid';
import { onceId } from './notification-id.js';
import {
  createOrderNotices,
  finishTelling,
  type Notice,
  type QueueMessage,
  tellTask,
  type TellCustomer,
} from './order-notices.js';
import { defineNotificationTable } from './notification-table.js';
import { type NewNotification, queueNotification } from './queue-notification.js';
import { getNotification, listNotifications } from './read-notifications.js';
import { sendNotifications, type Senders } from './send-notifications.js';
import { smsSender } from './send-sms.js';
import { shieldSender } from './shield-sender.js';

export { shieldSender, smsSender };
export type { Notice, Senders };

/** What customers are told. */
export interface Notifications {
  routes: Route[];
  /** What services may ask over NATS. */
  requests: RequestRoute[];
  tell: TellCustomer;
  /** Send what is queued, one for each channel, for as long as the process lives. */
  sending: readonly RepeatedTask[];
  /** Waits for no answer of a mail server any more. */
  stopWaiting(): Promise<void>;
  /** Tells customers what the service could not be asked to tell at once. */
  finishing: RepeatedTask;
  /** Forgets what senders that died long ago have left. */
  forget(): Promise<void>;
}

/** How often the sender looks for what other instances have queued or left, in milliseconds. */
const pollMs = 1_000;

/** @param ask way to the notifications service; without it the monolith works with what it owns */
export function createNotifications(
  context: ModuleContext,
  senders: Senders,
  ask: Ask | undefined,
): Notifications {
  const notifications = defineNotificationTable(context.database);
  const replies = new AwaitedReplies();
  // One line for each: a server that is slow holds up nothing that leaves the house by another way.
  const sending = (['email', 'sms'] as const).map((channel) =>
    repeatTask(
      `send ${channel}`,
      pollMs,
      async (ending) => {
        if (context.inUse('notifications')) {
          await sendNotifications({ ...context, notifications, senders, replies }, channel, ending);
        }
      },
      context.logger,
    ),
  );
  const queue: QueueMessage = async (notificationId, wanted, transaction) => {
    const queued = await queueNotification(context, notifications, notificationId, wanted, transaction);
    transaction.afterCommit(() => sending.forEach((sender) => sender.nudge()));
    return queued;
  };
  const guarded = async (wanted: NewNotification, transaction: Transaction) => {
    const notificationId = onceId(wanted) ?? uuidv7();
    const held = await guardKeys(context.database, 'notifications', [notificationId], transaction);
    return queue(notificationId, wanted, held);
  };
  const work = { ...context, queue, remote: remoteService(ask, 'notifications service') };
  const tasks = createTaskWorker<Notice>(context, {
    about: 'message',
    kinds: [tellTask],
    finish: (task) => finishTelling(work, task),
  });
  return {
    tell: createOrderNotices(work, tasks),
    finishing: tasks.finishing,
    requests: [
      requestRoute(atMonolith(notificationRequests.all), async (page) => {
        const { items, nextCursor } = await listNotifications(notifications, page);
        return { items: items.map(({ to: _to, ...told }) => told), nextCursor };
      }),
      requestRoute(atMonolith(notificationRequests.notify), (wanted) =>
        context.inTransaction((transaction) => guarded(wanted, transaction)),
      ),
    ],
    sending,
    stopWaiting: () => replies.stop(),
    forget: () => forgetEndedLeases(context.database, leaseTable),
    routes: [
      readRoute(notificationsEndpoints.list, async ({ query }) =>
        plain(await listNotifications(notifications, query)),
      ),
      readRoute(notificationsEndpoints.get, async ({ params }) =>
        resource(await getNotification(notifications, params.notificationId)),
      ),
      writeRoute(
        notificationsEndpoints.create,
        context.runWrite.notifications,
        ({ body, assignedId, idempotencyKey }) =>
          onceId(body) ?? assignedId ?? chooseId('notifications', idempotencyKey),
        async ({ body }, transaction, notificationId) => {
          const queued = await queue(notificationId, body, transaction);
          return resource(queued, 202, { location: `/notifications/${queued.notificationId}` });
        },
      ),
    ],
  };
}
