import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Row } from '#contracts/strangler/move.js';
import { inventory } from './inventory.js';

const unsigned = fc.integer({ min: 0, max: 2 ** 31 });
const productId = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const updatedAt = fc
  .date({ noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 23).replace('T', ' '));

/** Rows as each side can hold them, by capability and source table: a further move adds its own here. */
const stockItem = fc.record({
  product_id: productId,
  available: unsigned,
  reserved: unsigned,
  version: unsigned,
  updated_at: updatedAt,
});
const [stock] = inventory.tables;

describe('the inventory move', () => {
  it("takes a monolith's row to the service and back unchanged", () => {
    fc.assert(
      fc.property(stockItem, (row: Row) => expect(stock?.toMonolith(stock.toService(row))).toEqual(row)),
    );
  });

  it("takes a service's row to the monolith and back unchanged", () => {
    const stockLevel = stockItem.map(({ available, ...rest }) => ({
      ...rest,
      on_hand: available + rest.reserved,
    }));
    fc.assert(
      fc.property(stockLevel, (row: Row) => expect(stock?.toService(stock.toMonolith(row))).toEqual(row)),
    );
  });

  it('keeps the key as it is', () => {
    fc.assert(
      fc.property(stockItem, (row: Row) =>
        expect(stock?.toService(row)['product_id']).toBe(row['product_id']),
      ),
    );
  });
});
