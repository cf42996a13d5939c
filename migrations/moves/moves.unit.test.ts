import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Row } from '#contracts/strangler/move.js';
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
