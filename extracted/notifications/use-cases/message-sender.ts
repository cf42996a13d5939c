import type { Notification } from '#contracts/shop/notifications.js';

/** One message as it leaves the house. */
export interface OutgoingMessage {
  /** The same at every attempt, by whichever side, so that who receives it can tell a repetition. */
  id: string;
  to: string;
  subject: string;
  body: string;
}

/** What became of an attempt. */
export type SendResult =
  | { result: 'sent' }
  /** The other side will never take it: no further attempt. */
  | { result: 'refused'; reason: string }
  /** Not now. */
  | { result: 'failed'; cause: unknown };

/** Hands a message over, within 25 seconds; never throws. */
export type SendMessage = (message: OutgoingMessage) => Promise<SendResult>;

/** How each channel's messages leave the house. */
export type Senders = Record<Notification['channel'], SendMessage>;
