import type { Transaction } from 'sequelize';
import { z } from 'zod';
import { eventSchema } from '#contracts/shop/events/define-event.js';
import { notificationEvents } from '#contracts/shop/events/notification-events.js';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { Consumer } from '#platform/inbox/consumer.js';

/** Where entries are kept that come from events. */
export interface TrackingEntries<Transaction> {
  /** Once for each event. */
  add(eventId: string, orderId: string, entry: TimelineEntry, transaction: Transaction): Promise<void>;
  of(orderId: string): Promise<TimelineEntry[]>;
}

const { queued, sent, failed } = notificationEvents;
const schema = z.discriminatedUnion('type', [eventSchema(queued), eventSchema(sent), eventSchema(failed)]);

const entryTypes: Record<'QUEUED' | 'SENT' | 'FAILED', TimelineEntry['type']> = {
  QUEUED: 'notification.queued',
  SENT: 'notification.sent',
  FAILED: 'notification.failed',
};

/** Keeps what became of an order's messages for its timeline, whichever side sends them. */
export function trackNotifications(entries: TrackingEntries<Transaction>): Consumer {
  return {
    name: 'order-tracking',
    types: [queued.type, sent.type, failed.type],
    handle: async (event, transaction) => {
      const { eventId, occurredAt, data } = schema.parse(event);
      const { orderId, status, template, channel } = data.notification;
      if (orderId === null) return;
      const entry = { at: occurredAt, type: entryTypes[status], detail: `${template} by ${channel}` };
      await entries.add(eventId, orderId, entry, transaction);
    },
  };
}
