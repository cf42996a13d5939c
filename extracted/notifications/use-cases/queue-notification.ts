import { newEvent } from '#contracts/shop/events/define-event.js';
import { notificationEvents } from '#contracts/shop/events/notification-events.js';
import type { Notification } from '#contracts/shop/notifications.js';
import { AppError } from '#platform/errors/app-error.js';
import type { SayEvents } from '#platform/outbox/record-events.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import {
  type NewNotification,
  type Occasion,
  onceParts,
  queued,
  toNotification,
} from '../domain/notification.js';
import type { Notifications } from './notifications.js';

export interface QueueingWork<Transaction> {
  notifications: Notifications<Transaction>;
  clock: () => Date;
  say: SayEvents<Transaction>;
}

/** Queues one, and has it sent soon after the commit. */
export type QueueNotification<Transaction> = (
  notificationId: string,
  wanted: NewNotification,
  transaction: Transaction,
) => Promise<Notification>;

/** The id of what an order's customer is told once, the same on both sides; undefined for what may be said again. */
export function onceId(occasion: Occasion): string | undefined {
  const parts = onceParts(occasion);
  return parts && deriveId('notifications', ...parts);
}

/**
 * Keeps a notification for the sender. An order's customer is told once per template and channel: a repetition is given
 * the notification that there is.
 * @param notificationId that of `onceId` where it has one
 * @throws AppError `invalid_request` for a message without text; `idempotency_key_reused`
 */
export async function queueNotification<Transaction>(
  { notifications, clock, say }: QueueingWork<Transaction>,
  notificationId: string,
  wanted: NewNotification,
  transaction: Transaction,
): Promise<Notification> {
  refuseEmptyMessage(wanted);
  const once = onceParts(wanted) !== undefined;
  // Those of the monolith's earlier days have ids that follow from nothing.
  const first = once ? await notifications.findTold(wanted, transaction) : undefined;
  if (first) return toNotification(first);
  const notification = queued(notificationId, wanted, clock());
  if (await notifications.add(notification, transaction)) {
    const told = toNotification(notification);
    await say([newEvent(notificationEvents.queued, notificationId, { notification: told })], transaction);
    return told;
  }
  const known = once ? await notifications.find(notificationId, transaction) : undefined;
  if (known) return toNotification(known);
  throw new AppError(
    'idempotency_key_reused',
    `This Idempotency-Key was used for notification ${notificationId}: use a new key for a new notification`,
  );
}

function refuseEmptyMessage({ template, data }: NewNotification): void {
  if (template !== 'message' || (typeof data['text'] === 'string' && data['text'].trim() !== '')) return;
  throw new AppError('invalid_request', 'A message needs its text: put it in data.text', {
    errors: [{ path: 'data.text', message: 'must be the text of the message' }],
  });
}
