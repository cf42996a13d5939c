import type { Notification } from '#contracts/shop/notifications.js';
import type { SendMessage } from '#platform/mail/send-message.js';

/** How each channel's messages leave the house. */
export type Senders = Record<Notification['channel'], SendMessage>;
