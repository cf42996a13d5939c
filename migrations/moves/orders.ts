import { mapColumns, mapped, renamed, same } from '#contracts/strangler/map-columns.js';
import type { Move, MoveTable, Row, TableOnSide, Value } from '#contracts/strangler/move.js';
import { tasksLeftUndone } from './order-tasks.js';
import { idempotencyRecords } from './idempotency-records.js';

/** Fields of an address in the order in which the monolith writes them, and the service's column of each. */
const addressColumns = {
  name: 'ship_to_name',
  line1: 'ship_to_line1',
  line2: 'ship_to_line2',
  city: 'ship_to_city',
  postcode: 'ship_to_postcode',
  country: 'ship_to_country',
} as const;

/** The monolith keeps an address as a text of JSON, the service as columns. */
const orderRows: MoveTable = {
  ...bothSides('orders', 'orders', ['order_id']),
  ...mapColumns(
    same('order_id', 'customer_id', 'status', 'currency', 'version'),
    same('payment_id', 'carrier', 'tracking_number'),
    renamed({ total_amount: 'total', reason: 'rejection_reason', email: 'contact_email' }),
    renamed({ phone: 'contact_phone', created_at: 'placed_at', updated_at: 'changed_at' }),
    mapped(['shipping_address'], Object.values(addressColumns), {
      toService: ({ shipping_address }) => toColumns(shipping_address),
      toMonolith: (row) => ({ shipping_address: fromColumns(row) }),
    }),
  ),
};

const lines: MoveTable = {
  ...bothSides('order_items', 'order_lines', ['order_id', 'line_no']),
  ...mapColumns(
    same('order_id', 'line_no', 'product_id', 'quantity'),
    renamed({ unit_price_amount: 'unit_price' }),
  ),
};

const timeline: MoveTable = {
  ...bothSides('order_timeline', 'order_timeline', ['entry_id']),
  ids: 'unique',
  ...mapColumns(same('entry_id', 'order_id', 'happened_at', 'type', 'detail')),
};

const cancellations: MoveTable = {
  ...bothSides('order_cancellations', 'order_cancellations', ['payment_id']),
  // Of payments, which are made before their order is.
  ids: 'unique',
  ...mapColumns(same('payment_id', 'order_id', 'touched_at')),
};

/**
 * Customers stay behind (`docs/decisions/0051`): they have no key of an order, and nothing but orders tells who one is.
 * Sagas stay too: they are how a side does its work, and whoever owns the order by then is asked for its part.
 */
export const orders: Move = {
  capability: 'orders',
  tables: [orderRows, lines, timeline, cancellations, idempotencyRecords('orders')],
  leftBehind: {
    tables: ['customers'],
    openWork: [tasksLeftUndone('orders', ['undo', 'release', 'ship', 'give back', 'tell'])],
  },
};

function bothSides(
  monolith: string,
  service: string,
  key: TableOnSide['key'],
): Pick<MoveTable, 'monolith' | 'service'> {
  const ownedBy = 'order_id';
  return { monolith: { table: monolith, key, ownedBy }, service: { table: service, key, ownedBy } };
}

/** @throws SyntaxError for a text that is no JSON: the row can't be applied, and says so */
function toColumns(text: Value | undefined): Row {
  const address = typeof text === 'string' ? (JSON.parse(text) as Record<string, string>) : {};
  return Object.fromEntries(
    Object.entries(addressColumns).map(([field, column]) => [column, address[field] ?? null]),
  );
}

function fromColumns(row: Row): string | null {
  const fields = Object.entries(addressColumns).flatMap(([field, column]) => {
    const value = row[column];
    return value === null || value === undefined ? [] : [[field, value] as const];
  });
  return fields.length === 0 ? null : JSON.stringify(Object.fromEntries(fields));
}
