import type { Fillings } from './fill-tables.js';

/** Tables with a row per bucket, capability, consumer, instance or step, however long a system runs. */
export const smallTables = /_ownership$|^strangler_|^schema_migrations$|^inbox_places$|^projections$/;

const now = 'UTC_TIMESTAMP(3)';
const later = `${now} + INTERVAL n + 3600 SECOND`;

/** All is published; the last ten in a place that the stream does not have, and ten more in an older stream. */
const outbox = ({ streamCreatedAt, rows, apart }: Filled): Record<string, string> => ({
  log_sequence: `IF(n > ${rows - 10}, n + ${rows}, n)`,
  log_created_at: `IF(n BETWEEN ${rows - 19} AND ${rows - 10}, '2020-01-01T00:00:00Z', '${streamCreatedAt}')`,
  // The oldest have the smallest numbers.
  published_at: `${now} - INTERVAL (${rows} - n) * ${apart} SECOND`,
});
/** Most of it waits for a time that has not come, as in an outage; a little was left behind by a crash. */
const touched = { touched_at: `IF(n <= 3, ${now} - INTERVAL 1 DAY, ${now})` };

interface Filled {
  streamCreatedAt: string;
  rows: number;
  /** Seconds between two rows: however many there are, they come from the same time. */
  apart: number;
}

/** Rows as a shop has them after months: nearly all of it is over, and a little is under way or old enough to go. */
export function steadyState(streamCreatedAt: string, rows: number): Fillings {
  const apart = 130_000 / rows;
  /** Over more than the time that is kept, so that a clean-up has many times as much to do as fits into one piece. */
  const over = (time: number) => `${now} - INTERVAL n * ${time * apart} SECOND`;
  const allPublished = outbox({ streamCreatedAt, rows, apart });
  const idempotency = { created_at: over(0.9), status: '200' };
  return {
    sagas: {
      subject: "IF(n <= 50, CONCAT('order ', n), NULL)",
      saga: "'tell customer'",
      status: "IF(n <= 50, 'running', IF(n % 20 = 0, 'compensated', 'done'))",
      step: "'tell customer'",
      calls: "'none'",
      not_before: `IF(n <= 3, ${now}, ${later})`,
      updated_at: over(7),
      // A few were ended by an instance that does not note when.
      ended_at: `IF(n <= 50 OR n % 5000 = 0, NULL, ${over(7)})`,
    },
    inventory_outbox: allPublished,
    payments_outbox: allPublished,
    notifications_outbox: allPublished,
    orders_outbox: allPublished,
    catalogue_idempotency: idempotency,
    inventory_idempotency: idempotency,
    payments_idempotency: idempotency,
    notifications_idempotency: idempotency,
    orders_idempotency: idempotency,
    // A few were put aside so long ago that they are given up.
    inbox: {
      consumer: "'order-views'",
      outcome: `IF(n > ${rows - 3}, 'put-aside', 'handled')`,
      handled_at: `IF(n > ${rows - 3}, ${now} - INTERVAL 100 DAY, ${over(10)})`,
    },
    order_views: { build: 'IF(n <= 2500, 1, 2)' },
    tracking_facts: { build: 'IF(n <= 2500, 1, 2)' },
    notifications: {
      channel: "IF(n % 2, 'email', 'sms')",
      template: "'message'",
      status: "IF(n <= 4, 'QUEUED', 'SENT')",
      outcome: "IF(n <= 4, NULL, 'SENT')",
      due_at: `IF(n <= 4, ${now}, NULL)`,
      next_attempt_at: over(1),
      ended_at: `IF(n <= 4, NULL, ${over(1)})`,
    },
    notification_leases: { lease_key: "CONCAT('other', n)", ends_at: later },
    payment_attempts: { ...touched, kind: "'charge'", state: "'open'" },
    provider_attempts: { ...touched, kind: "'charge'", given_up: '0' },
    order_cancellations: touched,
    order_tasks: { kind: "'give back'", state: "'due'", next_try_at: `IF(n <= 3, ${now}, ${later})` },
  };
}
