import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeRow, encodeRow } from './row-values.js';

const value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  fc.constant(null),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);

describe('a row on the wire', () => {
  it('survives JSON without loss', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
          value,
        ),
        (row) => {
          expect(decodeRow(JSON.parse(JSON.stringify(encodeRow(row))))).toEqual({ ...row });
        },
      ),
    );
  });

  it('keeps the sign of a zero, as text that the database reads as the number', () => {
    expect(encodeRow({ zero: -0 })).toEqual({ zero: '-0' });
  });
});
