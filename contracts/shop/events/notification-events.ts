import { z } from 'zod';
import { notificationSchema } from '../notifications.js';
import { defineEvent } from './define-event.js';

const key = 'notificationId';

/** The notification as it stands after what has happened; to whom it goes is nobody's business but its own service's. */
const data = z.object({ notification: notificationSchema.omit({ to: true }) });

export const notificationEvents = {
  queued: defineEvent({
    type: 'notifications.queued.v1',
    summary: 'A message to a customer is waiting to be sent',
    ...{ key, data },
  }),
  sent: defineEvent({
    type: 'notifications.sent.v1',
    summary: 'A message has been handed to the mail server, or to the SMS provider',
    ...{ key, data },
  }),
  failed: defineEvent({
    type: 'notifications.failed.v1',
    summary: 'A message could not be sent, and is not tried any more',
    ...{ key, data },
  }),
};
