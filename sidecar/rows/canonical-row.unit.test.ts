import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MoveTable, Value } from '#contracts/strangler/move.js';
import { mapColumns, mapped, same } from '#contracts/strangler/map-columns.js';
import { rowTexts } from './canonical-row.js';
import { valueText } from './value-text.js';

const table: MoveTable = {
  monolith: { table: 'items', key: ['id'], ownedBy: 'id' },
  service: { table: 'levels', key: ['id'], ownedBy: 'id' },
  ...mapColumns(
    same('id', 'taken'),
    mapped(['free'], ['total'], {
      toService({ free, taken }) {
        if (free === null) throw new Error('free is missing');
        return { total: Math.max(0, Number(free)) + Number(taken) };
      },
      toMonolith: ({ total, taken }) => ({ free: Number(total) - Number(taken) }),
    }),
  ),
};

describe('the text of a row', () => {
  it('is the same on both sides when the rows correspond, whatever else the service keeps, in whatever order', () => {
    const ofMonolith = rowTexts(table, 'monolith')({ id: 'a', free: 3, taken: 2 });
    expect(rowTexts(table, 'service')({ local: 'x', taken: 2, id: 'a', total: 5 })).toBe(ofMonolith);
    expect(rowTexts(table, 'service')({ id: 'a', total: 6, taken: 2 })).not.toBe(ofMonolith);
    expect(rowTexts(table, 'service')({ id: 'A', total: 5, taken: 2 })).not.toBe(ofMonolith);
  });

  it('is unlike all others when the row can not be mapped, and does not hinder the next one', () => {
    const text = rowTexts(table, 'monolith');
    expect(text({ id: 'a', free: null, taken: 2 })).toBe('not mapped: free is missing');
    expect(text({ id: 'a', free: 1, taken: 2 })).toBe(
      rowTexts(table, 'service')({ id: 'a', total: 3, taken: 2 }),
    );
  });

  it('is unlike all others when the row would not come back as it is', () => {
    expect(rowTexts(table, 'monolith')({ id: 'a', free: -1, taken: 2 })).toBe('not kept: free');
    expect(rowTexts(table, 'service')({ id: 'a', total: 1, taken: 2 })).toBe('not kept: total');
  });

  it('runs no value into the next one', () => {
    const value: fc.Arbitrary<Value> = fc.oneof(
      fc.constant(null),
      fc.string({ unit: fc.constantFrom('n', ';', ':', '1', '2', 'b', 'a') }),
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    );
    const text = (values: readonly Value[]) => values.map(valueText).join('');
    const equals = (one: Value, other: Value) =>
      Buffer.isBuffer(one) && Buffer.isBuffer(other) ? one.equals(other) : one === other;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), fc.array(value, { maxLength: 3 }), (one, other) => {
        const equal =
          one.length === other.length && one.every((each, at) => equals(each, other[at] as Value));
        expect(text(one) === text(other)).toBe(equal);
      }),
    );
  });

  it('takes a number for its digits, and keeps the sign of zero', () => {
    expect(valueText(12)).toBe(valueText('12'));
    expect(valueText(-0)).not.toBe(valueText(0));
  });
});
