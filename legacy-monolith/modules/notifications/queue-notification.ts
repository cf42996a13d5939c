import { UniqueConstraintError } from 'sequelize';
import { newEvent } from '#contracts/shop/events/define-event.js';
import { notificationEvents } from '#contracts/shop/events/notification-events.js';
import type { Notification } from '#contracts/shop/notifications.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import type { ModuleContext } from '../../context/module-context.js';
import { onceId } from './notification-id.js';
import { type NotificationRow, type NotificationTable, toNotification } from './notification-table.js';
import type { TemplateData } from './templates.js';

export interface NewNotification {
  channel: Notification['channel'];
  to: string;
  template: Notification['template'];
  data: TemplateData;
  orderId?: string | undefined;
}

/**
 * Keeps a notification for the sender, in the transaction of what it tells about: it is sent if, and only if,
 * that is committed. An order's customer is told once per template and channel: a repetition is given the
 * notification that there is.
 * @param notificationId that of `onceId` where it has one
 * @throws AppError `invalid_request` for a message without text; `idempotency_key_reused`
 */
export async function queueNotification(
  { clock, recordEvent, say }: ModuleContext,
  notifications: NotificationTable,
  notificationId: string,
  wanted: NewNotification,
  transaction: Guarded<'notifications'>,
): Promise<Notification> {
  refuseEmptyMessage(wanted);
  const { orderId, template, channel } = wanted;
  const once = onceId(wanted) !== undefined;
  // Those of earlier days have ids that follow from nothing.
  const first = once && (await notifications.findOne({ where: { orderId, template, channel }, transaction }));
  if (first) return toNotification(first);
  const row = await insert(notifications, notificationId, wanted, clock(), transaction);
  if (!row) return toNotification(await known(notifications, notificationId, once, transaction));
  const queued = toNotification(row);
  await say([newEvent(notificationEvents.queued, notificationId, { notification: queued })], transaction);
  if (orderId !== undefined) {
    recordEvent({ orderId, type: 'notification.queued', detail: `${template} by ${channel}` }, transaction);
  }
  return queued;
}

function refuseEmptyMessage({ template, data }: NewNotification): void {
  if (template !== 'message' || (typeof data['text'] === 'string' && data['text'].trim() !== '')) return;
  throw new AppError('invalid_request', 'A message needs its text: put it in data.text', {
    errors: [{ path: 'data.text', message: 'must be the text of the message' }],
  });
}

/** @returns undefined when there is one with this id */
async function insert(
  notifications: NotificationTable,
  notificationId: string,
  { channel, to, template, data, orderId }: NewNotification,
  now: Date,
  transaction: Guarded<'notifications'>,
): Promise<NotificationRow | undefined> {
  try {
    return await notifications.create(
      {
        notificationId,
        channel,
        recipient: to,
        template,
        data: JSON.stringify(data),
        orderId: orderId ?? null,
        status: 'QUEUED',
        attempts: 0,
        nextAttemptAt: now,
        version: 1,
        createdAt: now,
        updatedAt: now,
      },
      { transaction },
    );
  } catch (error) {
    if (error instanceof UniqueConstraintError) return undefined;
    throw error;
  }
}

/** What somebody else has queued under this id in the meantime, if that may be the same. */
async function known(
  notifications: NotificationTable,
  notificationId: string,
  once: boolean,
  transaction: Guarded<'notifications'>,
): Promise<NotificationRow> {
  const row = once && (await notifications.findByPk(notificationId, { transaction }));
  if (row) return row;
  throw new AppError(
    'idempotency_key_reused',
    `This Idempotency-Key was used for notification ${notificationId}: use a new key for a new notification`,
  );
}
