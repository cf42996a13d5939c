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
  /** Attempts that were handed over, and had no answer. */
  unanswered: number;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * What became of an attempt: `refused` for good, `failed` for now, `unanswered` where it was handed over and may have been
 * taken, `waiting` for an answer, for as long as the pause.
 */
export type AttemptResult = 'sent' | 'refused' | 'failed' | 'unanswered' | 'waiting';

/** The first version of a notification, due at once. */
export function queued(notificationId: string, wanted: NewNotification, now: Date): QueuedNotification {
  const { channel, to, template, data, orderId = null } = wanted;
  return {
    ...{ notificationId, channel, recipient: to, template, data, orderId },
    ...{
      dueAt: now,
      endedAt: null,
      outcome: null,
      attempts: 0,
      unanswered: 0,
      version: 1,
      createdAt: now,
      updatedAt: now,
    },
  };
}

/** The notification, of which an attempt is counted: the next version follows from what became of it. */
export function countAttempt(notification: QueuedNotification, result: AttemptResult): QueuedNotification {
  const open = result === 'unanswered' || result === 'waiting';
  const { attempts, unanswered } = notification;
  return { ...notification, attempts: attempts + 1, unanswered: unanswered + (open ? 1 : 0) };
}

/**
 * The next version, after an attempt that is counted.
 * @param pause milliseconds until the next one; undefined if there is none
 */
export function attempted(
  notification: QueuedNotification,
  result: AttemptResult,
  now: Date,
  pause: number | undefined,
): QueuedNotification {
  const next = { ...notification, version: notification.version + 1, updatedAt: now };
  if (pause !== undefined) return { ...next, dueAt: new Date(now.getTime() + pause) };
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
