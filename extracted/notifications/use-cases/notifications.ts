import type { Page } from '#platform/http/page.js';
import type { Notification } from '#contracts/shop/notifications.js';
import type { Occasion, QueuedNotification } from '../domain/notification.js';

/** Which notifications, and how many of them. */
export interface NotificationQuery {
  orderId?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** Where the use cases find notifications. */
export interface Notifications<Transaction> {
  find: (notificationId: string, transaction?: Transaction) => Promise<QueuedNotification | undefined>;
  /** The one that told a customer of this. */
  findTold: (occasion: Occasion, transaction: Transaction) => Promise<QueuedNotification | undefined>;
  /** Reads one page, newest first; a cursor that the monolith gave is good here, and the other way round. */
  read(query: NotificationQuery): Promise<Page<QueuedNotification>>;
  /** @returns false when there is one with this id */
  add: (notification: QueuedNotification, transaction: Transaction) => Promise<boolean>;
  save: (notification: QueuedNotification, transaction: Transaction) => Promise<void>;
}

/** What one look into the queue has found, for one sender alone. */
export interface Claimed {
  holder: string;
  ids: ReadonlySet<string>;
  /** There may be more. */
  more: boolean;
}

/** What is due. What a sender leaves behind when it dies is due again when its lease ends. */
export interface Queue<Transaction> {
  /** Takes notifications of a channel that are due and owned by this side; several instances get different ones. */
  claim(channel: Notification['channel'], limit: number): Promise<Claimed>;
  /** Does the sender have it for as long as one sending takes, or at least now? */
  holds: (id: string, holder: string, toSend: boolean, transaction: Transaction) => Promise<boolean>;
  /** Keeps it for as long as an answer may take. @returns false if it was another's by now */
  keepWaiting: (id: string, holder: string, transaction: Transaction) => Promise<boolean>;
  /** @returns false if it was another's by now */
  giveBack: (id: string, holder: string, transaction: Transaction) => Promise<boolean>;
}
