import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { TrackingEntries } from '../use-cases/track-notifications.js';

interface EntryRow {
  happened_at: Date;
  type: TimelineEntry['type'];
  detail: string;
}

/** Entries that are built from events, in the service's own schema. */
export function trackingEntriesIn(database: Sequelize): TrackingEntries<Transaction> {
  return {
    add: async (eventId, orderId, { at, type, detail }, transaction) => {
      const instant = at.slice(0, -1).replace('T', ' ');
      await database.query(
        `INSERT IGNORE INTO tracking_entries (event_id, order_id, happened_at, type, detail)
         VALUES (?, ?, ?, ?, ?)`,
        { replacements: [eventId, orderId, instant, type, detail], transaction },
      );
    },
    of: async (orderId) => {
      const rows = await database.query<EntryRow>(
        `SELECT happened_at, type, detail FROM tracking_entries WHERE order_id = ?
         ORDER BY happened_at, event_id`,
        { replacements: [orderId], type: QueryTypes.SELECT },
      );
      return rows.map(({ happened_at, type, detail }) => ({ at: happened_at.toISOString(), type, detail }));
    },
  };
}
