import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Row } from '#contracts/strangler/move.js';
import { lostValues } from '../../sidecar/rows/kept-values.js';
import { moves } from './index.js';

const unsigned = fc.integer({ min: 0, max: 2 ** 31 });
const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const instant = fc
  .date({ noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 23).replace('T', ' '));

const stockItem = fc.record({
  product_id: id,
  available: unsigned,
  reserved: unsigned,
  version: unsigned,
  updated_at: instant,
});
const stockLevel = stockItem.map(({ available, ...rest }) => ({
  ...rest,
  on_hand: available + rest.reserved,
}));
const reservation = fc.record({
  order_id: id,
  product_id: id,
  quantity: unsigned,
  state: fc.constantFrom('reserved', 'released', 'shipped'),
  attempt: fc.oneof(unsigned, fc.constant(Number.MAX_SAFE_INTEGER)),
  updated_at: instant,
});
const common = { payment_id: id, order_id: id, currency: fc.stringMatching(/^[A-Z]{3}$/), version: unsigned };
const amount = fc.integer({ min: 0, max: 100_000_000_000 });
const last4 = fc.stringMatching(/^[0-9]{4}$/);
const payment = fc.record({
  ...common,
  amount,
  status: fc.constantFrom('CAPTURED', 'REFUNDED'),
  last4,
  created_at: instant,
  updated_at: instant,
});
const capturedPayment = fc
  .record({
    ...{ ...common, captured_amount: amount, card_last4: last4 },
    ...{ captured_at: instant, updated_at: instant, refunded: fc.boolean() },
  })
  .map(({ refunded, ...row }) => ({
    ...row,
    refunded_amount: refunded ? row.captured_amount : 0,
    refunded_at: refunded ? row.updated_at : null,
  }));
const attempt = fc.record({
  payment_id: id,
  order_id: id,
  kind: fc.constantFrom('charge', 'refund'),
  state: fc.constantFrom('open', 'abandoned'),
  touched_at: instant,
});
const providerAttempt = attempt.map(({ state, ...row }) => ({ ...row, given_up: state === 'open' ? 0 : 1 }));
const message = {
  notification_id: id,
  channel: fc.constantFrom('email', 'sms'),
  recipient: fc.string({ maxLength: 254 }),
  template: fc.constantFrom('order-confirmed', 'message'),
  data: fc.json(),
  order_id: fc.option(id),
  attempts: unsigned,
  unanswered: unsigned,
  version: unsigned,
  created_at: instant,
  updated_at: instant,
};
const notification = fc.record({
  ...message,
  status: fc.constantFrom('QUEUED', 'SENT', 'FAILED'),
  next_attempt_at: instant,
});
const queuedOrEnded = fc.record({
  ...message,
  outcome: fc.option(fc.constantFrom('SENT', 'FAILED')),
  at: instant,
});
const serviceNotification = queuedOrEnded.map(({ at, ...row }) => ({
  ...row,
  due_at: row.outcome === null ? at : null,
  ended_at: row.outcome === null ? null : at,
}));
const text = fc.string({ minLength: 1, maxLength: 255 });
const orderCommon = {
  ...{ order_id: id, customer_id: id, currency: fc.stringMatching(/^[A-Z]{3}$/), version: unsigned },
  status: fc.constantFrom('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED'),
  ...{ payment_id: fc.option(id), carrier: fc.option(text), tracking_number: fc.option(text) },
};
const optional = fc.option(text);
const address = fc.tuple(optional, text, optional, text, optional, text);
const order = fc
  .record({
    ...orderCommon,
    ...{ total_amount: amount, email: fc.option(text), phone: fc.option(text), reason: fc.option(text) },
    ...{ created_at: instant, updated_at: instant, address: fc.option(address) },
  })
  .map(({ address: parts, ...row }) => {
    const [name, line1, line2, city, postcode, country] = parts ?? [];
    // As the monolith writes it: in the order of the contract's fields, and without those that were not given.
    const written = { name, line1, line2, city, postcode, country };
    const given = Object.entries(written).filter(([, value]) => value !== null);
    return { ...row, shipping_address: parts && JSON.stringify(Object.fromEntries(given)) };
  });
const serviceOrder = fc
  .record({
    ...orderCommon,
    ...{ total: amount, contact_email: fc.option(text), contact_phone: fc.option(text) },
    ...{ rejection_reason: fc.option(text), placed_at: instant, changed_at: instant },
    address: fc.option(address),
  })
  .map(({ address: parts, ...row }) => {
    const [name, line1, line2, city, postcode, country] = parts ?? [null, null, null, null, null, null];
    return {
      ...{ ...row, ship_to_name: name, ship_to_line1: line1, ship_to_line2: line2 },
      ...{ ship_to_city: city, ship_to_postcode: postcode, ship_to_country: country },
    };
  });
const lineCommon = { order_id: id, line_no: unsigned, product_id: id, quantity: unsigned };
const orderItem = fc.record({ ...lineCommon, unit_price_amount: amount });
const orderLine = fc.record({ ...lineCommon, unit_price: amount });
const timelineEntry = fc.record({
  ...{ entry_id: id, order_id: id, happened_at: instant, type: id, detail: fc.string({ maxLength: 500 }) },
});
const cancellation = fc.record({ payment_id: id, order_id: id, touched_at: instant });
const idempotencyRecord = fc.record({
  idempotency_key: fc.string({ minLength: 1, maxLength: 255 }),
  request_hash: fc.stringMatching(/^[0-9a-f]{64}$/),
  resource_key: id,
  status: unsigned,
  headers: fc.json(),
  body: fc.json(),
  created_at: instant,
});

/** Rows as each side can hold them, by the monolith's table: a further move adds its own. */
const rowsOf: Record<string, { monolith: fc.Arbitrary<Row>; service: fc.Arbitrary<Row> }> = {
  stock_items: { monolith: stockItem, service: stockLevel },
  stock_reservations: { monolith: reservation, service: reservation },
  payments: { monolith: payment, service: capturedPayment },
  payment_attempts: { monolith: attempt, service: providerAttempt },
  payments_idempotency: { monolith: idempotencyRecord, service: idempotencyRecord },
  notifications: { monolith: notification, service: serviceNotification },
  notifications_idempotency: { monolith: idempotencyRecord, service: idempotencyRecord },
  orders: { monolith: order, service: serviceOrder },
  order_items: { monolith: orderItem, service: orderLine },
  order_timeline: { monolith: timelineEntry, service: timelineEntry },
  order_cancellations: { monolith: cancellation, service: cancellation },
  orders_idempotency: { monolith: idempotencyRecord, service: idempotencyRecord },
  inventory_idempotency: { monolith: idempotencyRecord, service: idempotencyRecord },
};

const tables = moves.flatMap((move) =>
  move.tables.map((table) => ({ name: table.monolith.table, ...table })),
);

describe.each(tables)('the move of $name', ({ name, monolith, service, toService, toMonolith }) => {
  const nothing: fc.Arbitrary<Row> = fc.constant({});
  const rows = rowsOf[name] ?? { monolith: nothing, service: nothing };

  it('has rows to be tried with', () => {
    expect(Object.keys(rowsOf)).toContain(name);
  });

  it("takes a monolith's row to the service and back unchanged", () => {
    fc.assert(fc.property(rows.monolith, (row) => expect(toMonolith(toService(row))).toEqual(row)));
  });

  it("takes a service's row to the monolith and back unchanged", () => {
    fc.assert(fc.property(rows.service, (row) => expect(toService(toMonolith(row))).toEqual(row)));
  });

  it('keeps key and owner as they are', () => {
    const keyOf = (row: Row, columns: readonly string[]): unknown[] => columns.map((column) => row[column]);
    fc.assert(
      fc.property(rows.monolith, (row) => {
        const there = toService(row);
        expect(keyOf(there, service.key)).toEqual(keyOf(row, monolith.key));
        expect(there[service.ownedBy]).toEqual(row[monolith.ownedBy]);
      }),
    );
  });
});

/** Rows that one side may have, and of which the other side would give back something else. */
const notKept: [string, string, 'monolith' | 'service', Row, string][] = [
  [
    'an address with a field of its own',
    'orders',
    'monolith',
    { shipping_address: '{"line1":"1","county":"Kent"}' },
    'shipping_address',
  ],
  [
    'an address in another order',
    'orders',
    'monolith',
    { shipping_address: '{"city":"X","line1":"1"}' },
    'shipping_address',
  ],
  [
    'an address that is spelled otherwise',
    'orders',
    'monolith',
    { shipping_address: '{"line1": "1"}' },
    'shipping_address',
  ],
  ['a status that the service has no word for', 'payments', 'monolith', { status: 'DISPUTED' }, 'status'],
  ['a status in small letters', 'payments', 'monolith', { status: 'refunded' }, 'status'],
  [
    'an attempt in a state that the service has no word for',
    'payment_attempts',
    'monolith',
    { state: 'late' },
    'state',
  ],
  ['an end that the monolith has no word for', 'notifications', 'service', { outcome: 'QUEUED' }, 'outcome'],
];

describe('a row that would not come back as it is', () => {
  it.each(notKept)('is found: %s, in %s on the %s', (_what, name, side, change, column) => {
    const table = tables.find((one) => one.name === name);
    const rows = rowsOf[name];
    if (!table || !rows) throw new Error(`no move has the table ${name}`);
    fc.assert(
      fc.property(rows[side], (row) => {
        expect(lostValues(table, side, row)).toEqual([]);
        expect(lostValues(table, side, { ...row, ...change }).map((lost) => lost.column)).toContain(column);
      }),
    );
  });
});
