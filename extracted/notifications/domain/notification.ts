import type { Notification } from '#contracts/shop/notifications.js';

/** Values that a template names, as the client or another program gave them. */
export type TemplateData = Record<string, string | number | boolean | null>;

export interface NewNotification {
  channel: Notification['channel'];
  to: string;
  template: Notification['template'];
  data: TemplateData;
  orderId?: string | undefined;
}

/** A message to a customer: in the queue while it is due, over once it has an outcome. */
export interface QueuedNotification {
  notificationId: string;
  channel: Notification['channel'];
  recipient: string;
  template: Notification['template'];
  data: TemplateData;
  orderId: string | null;
  /** When it is tried next; null once it is over. */
  dueAt: Date | null;
  endedAt: Date | null;
  outcome: 'SENT' | 'FAILED' | null;
  attempts: number;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** What became of an attempt: `refused` for good, `failed` for now. */
export type AttemptResult = 'sent' | 'refused' | 'failed';

/** The first version of a notification, due at once. */
export function queued(notificationId: string, wanted: NewNotification, now: Date): QueuedNotification {
  const { channel, to, template, data, orderId = null } = wanted;
  return {
    ...{ notificationId, channel, recipient: to, template, data, orderId },
    ...{ dueAt: now, endedAt: null, outcome: null, attempts: 0, version: 1, createdAt: now, updatedAt: now },
  };
}

/**
 * The next version, after an attempt.
 * @param delay milliseconds until the next one, where it failed
 */
export function attempted(
  notification: QueuedNotification,
  result: AttemptResult,
  now: Date,
  delay: number,
): QueuedNotification {
  const { attempts, version } = notification;
  const next = { ...notification, attempts: attempts + 1, version: version + 1, updatedAt: now };
  if (result === 'failed') return { ...next, dueAt: new Date(now.getTime() + delay) };
  return { ...next, dueAt: null, endedAt: now, outcome: result === 'sent' ? 'SENT' : 'FAILED' };
}

/** What decides whether a customer has been told already. */
export type Occasion = Pick<NewNotification, 'orderId' | 'template' | 'channel'>;

/**
 * An order's customer is told once per template and channel; a message may be said again.
 * @returns what the notification's id follows from, so that a repetition meets the first one; or undefined
 */
export function onceParts({ orderId, template, channel }: Occasion): [string, ...string[]] | undefined {
  return orderId === undefined || template === 'message' ? undefined : [orderId, template, channel];
}

/** The resource that clients see. */
export function toNotification(notification: QueuedNotification): Notification {
  return {
    notificationId: notification.notificationId,
    channel: notification.channel,
    to: notification.recipient,
    template: notification.template,
    orderId: notification.orderId,
    status: notification.outcome ?? 'QUEUED',
    attempts: notification.attempts,
    version: notification.version,
    createdAt: notification.createdAt.toISOString(),
    updatedAt: notification.updatedAt.toISOString(),
  };
}
