import type { Side } from '#contracts/strangler/move.js';
import type { BookedOrder, BookedPayment, BookedStock } from './books.js';

/** Answers a query in one schema. */
export type Rows = <Row extends object>(sql: string) => Promise<Row[]>;

export const bookedCapabilities = ['orders', 'inventory', 'payments', 'notifications'] as const;
export type BookedCapability = (typeof bookedCapabilities)[number];

/** What the tables of one side hold, replicas included, by key. */
export interface SideBooks {
  orders: Map<string, BookedOrder>;
  inventory: Map<string, BookedStock>;
  payments: Map<string, BookedPayment>;
  notifications: Map<string, BookedNotification>;
  /** Work that is still to be done, in a few words. */
  open: string[];
}

export interface BookedNotification {
  orderId: string | null;
  template: string;
  ended: boolean;
}

type Query = BookedCapability | 'lines';

/** The same facts, as each side's own tables hold them. */
const queries: Record<Side, Record<Query, string>> = {
  monolith: {
    orders: `SELECT order_id AS id, status, total_amount AS total, currency, payment_id AS paymentId, email FROM orders`,
    lines: `SELECT order_id AS id, product_id AS productId, quantity FROM order_items ORDER BY order_id, line_no`,
    inventory: 'SELECT product_id AS id, available, reserved FROM stock_items',
    payments: `SELECT payment_id AS id, order_id AS orderId, currency, amount AS captured,
                      IF(status = 'REFUNDED', amount, 0) AS refunded FROM payments`,
    notifications: `SELECT notification_id AS id, order_id AS orderId, template, status <> 'QUEUED' AS ended
                    FROM notifications`,
  },
  service: {
    orders: `SELECT order_id AS id, status, total, currency, payment_id AS paymentId, contact_email AS email
             FROM orders`,
    lines: `SELECT order_id AS id, product_id AS productId, quantity FROM order_lines ORDER BY order_id, line_no`,
    inventory: 'SELECT product_id AS id, on_hand - reserved AS available, reserved FROM stock_levels',
    payments: `SELECT payment_id AS id, order_id AS orderId, currency, captured_amount AS captured,
                      refunded_amount AS refunded FROM payments`,
    notifications: `SELECT notification_id AS id, order_id AS orderId, template, ended_at IS NOT NULL AS ended
                    FROM notifications`,
  },
};

/** What a side has begun and not ended, each said as `what`. */
const openWork: Record<Side, Partial<Record<BookedCapability, string>>> = {
  monolith: {
    orders: `SELECT CONCAT('task ', kind, ' of order ', order_id) AS what FROM order_tasks
             UNION ALL SELECT CONCAT('cancellation of order ', order_id) FROM order_cancellations`,
    payments: "SELECT CONCAT(kind, ' at the provider of order ', order_id) AS what FROM payment_attempts",
  },
  service: {
    orders: `SELECT CONCAT('"', saga, '" of ', subject, ': ', status, ' at "', step, '", ', COALESCE(last_error, ''))
             AS what FROM sagas WHERE subject IS NOT NULL
             UNION ALL SELECT CONCAT('cancellation of order ', order_id) FROM order_cancellations`,
    payments: "SELECT CONCAT(kind, ' at the provider of order ', order_id) AS what FROM provider_attempts",
  },
};

/** Reads all of one side's tables. @param rows of the schema that each capability has there */
export async function readSide(side: Side, rows: Record<BookedCapability, Rows>): Promise<SideBooks> {
  const read = async <Row extends object>(query: Query) => {
    const found = await rows[query === 'lines' ? 'orders' : query]<Row & { id: string }>(
      queries[side][query],
    );
    return found.map((row) => [row.id, row] as const);
  };
  const lines = new Map<string, BookedOrder['items']>();
  for (const [id, { productId, quantity }] of await read<BookedOrder['items'][0]>('lines'))
    lines.set(id, [...(lines.get(id) ?? []), { productId, quantity }]);
  const orders = await read<Omit<BookedOrder, 'orderId' | 'items'>>('orders');
  const stock = await read<BookedStock>('inventory');
  const payments = await read<Omit<BookedPayment, 'paymentId'>>('payments');
  const notifications = await read<BookedNotification>('notifications');
  return {
    orders: byKey(orders, ({ id, total, ...order }) => {
      return { ...order, orderId: id, total: Number(total), items: lines.get(id) ?? [] };
    }),
    inventory: byKey(stock, ({ available, reserved }) => ({
      available: Number(available),
      reserved: Number(reserved),
    })),
    payments: byKey(payments, ({ id, captured, refunded, ...payment }) => {
      return { ...payment, paymentId: id, captured: Number(captured), refunded: Number(refunded) };
    }),
    notifications: byKey(notifications, ({ orderId, template, ended }) => {
      return { orderId, template, ended: Number(ended) === 1 };
    }),
    open: await readOpenWork(side, rows),
  };
}

async function readOpenWork(side: Side, rows: Record<BookedCapability, Rows>): Promise<string[]> {
  const open: string[] = [];
  for (const [capability, sql] of Object.entries(openWork[side])) {
    const found = await rows[capability as BookedCapability]<{ what: string }>(sql);
    open.push(...found.map(({ what }) => what));
  }
  return open;
}

function byKey<Row, Entry>(
  rows: readonly (readonly [string, Row])[],
  toEntry: (row: Row) => Entry,
): Map<string, Entry> {
  return new Map(rows.map(([id, row]) => [id, toEntry(row)]));
}
