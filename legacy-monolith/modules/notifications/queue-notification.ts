import { type Transaction, UniqueConstraintError } from 'sequelize';
import type { Notification } from '#contracts/shop/notifications.js';
import { AppError } from '#platform/http/app-error.js';
import type { ModuleContext } from '../../module-context.js';
import { type NotificationTable, toNotification } from './notification-table.js';
import type { TemplateData } from './templates.js';

export interface NewNotification {
  notificationId: string;
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
 * @throws AppError `invalid_request` for a message without text; `idempotency_key_reused`
 */
export async function queueNotification(
  { clock, recordEvent }: ModuleContext,
  notifications: NotificationTable,
  wanted: NewNotification,
  transaction: Transaction,
): Promise<Notification> {
  refuseEmptyMessage(wanted);
  const onceKey = onceKeyOf(wanted);
  const row = await insert(notifications, wanted, onceKey, clock(), transaction);
  const { notificationId, orderId, template, channel } = wanted;
  if (orderId !== undefined && row.notificationId === notificationId) {
    recordEvent({ orderId, type: 'notification.queued', detail: `${template} by ${channel}` }, transaction);
  }
  return toNotification(row);
}

function refuseEmptyMessage({ template, data }: NewNotification): void {
  if (template !== 'message' || (typeof data['text'] === 'string' && data['text'].trim() !== '')) return;
  throw new AppError('invalid_request', 'A message needs its text: put it in data.text', {
    errors: [{ path: 'data.text', message: 'must be the text of the message' }],
  });
}

/** A message may be said again; what happens to an order happens once. */
function onceKeyOf({ orderId, template, channel }: NewNotification): string | null {
  return orderId === undefined || template === 'message' ? null : `${orderId}/${template}/${channel}`;
}

async function insert(
  notifications: NotificationTable,
  { notificationId, channel, to, template, data, orderId }: NewNotification,
  onceKey: string | null,
  now: Date,
  transaction: Transaction,
) {
  try {
    return await notifications.create(
      {
        notificationId,
        channel,
        recipient: to,
        template,
        data: JSON.stringify(data),
        orderId: orderId ?? null,
        onceKey,
        status: 'QUEUED',
        attempts: 0,
        nextAttemptAt: now,
        lease: null,
        version: 1,
        createdAt: now,
        updatedAt: now,
      },
      { transaction },
    );
  } catch (error) {
    if (!(error instanceof UniqueConstraintError)) throw error;
    const first = onceKey && (await notifications.findOne({ where: { onceKey }, transaction }));
    if (first) return first;
    throw new AppError(
      'idempotency_key_reused',
      `This Idempotency-Key was used for notification ${notificationId}: use a new key for a new notification`,
      { cause: error },
    );
  }
}
