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
  toService: (row) => {
    const { total_amount, email, phone, shipping_address, reason, created_at, updated_at, ...same } = row;
    return {
      ...same,
      total: total_amount,
      rejection_reason: reason,
      contact_email: email,
      contact_phone: phone,
      ...toColumns(shipping_address),
      placed_at: created_at,
      changed_at: updated_at,
    } as Row;
  },
  toMonolith: (row) => {
    const { total, rejection_reason, contact_email, contact_phone, placed_at, changed_at, ...rest } = row;
    const same = Object.entries(rest).filter(([column]) => !column.startsWith('ship_to_'));
    return {
      ...Object.fromEntries(same),
      total_amount: total,
      reason: rejection_reason,
      email: contact_email,
      phone: contact_phone,
      shipping_address: fromColumns(row),
      created_at: placed_at,
      updated_at: changed_at,
    } as Row;
  },
};

const lines: MoveTable = {
  ...bothSides('order_items', 'order_lines', ['order_id', 'line_no']),
  toService: ({ unit_price_amount, ...same }) => ({ ...same, unit_price: unit_price_amount }) as Row,
  toMonolith: ({ unit_price, ...same }) => ({ ...same, unit_price_amount: unit_price }) as Row,
};

const same = (row: Row): Row => row;

/**
 * Customers stay behind (`docs/decisions/0051`): they have no key of an order, and nothing but orders tells who one is.
 * Sagas stay too: they are how a side does its work, and whoever owns the order by then is asked for its part.
 */
export const orders: Move = {
  capability: 'orders',
  tables: [
    orderRows,
    lines,
    { ...bothSides('order_timeline', 'order_timeline', ['entry_id']), toService: same, toMonolith: same },
    {
      ...bothSides('order_cancellations', 'order_cancellations', ['payment_id']),
      toService: same,
      toMonolith: same,
    },
    idempotencyRecords('orders'),
  ],
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
