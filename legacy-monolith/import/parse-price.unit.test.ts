import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePrice } from './parse-price.js';

describe('a price', () => {
  it.each([
    ['2.55', 255],
    ['2.5', 250],
    ['18', 1800],
    ['0.01', 1],
    ['007.10', 710],
    ['2.5500', 255],
    // 1.15 * 100 is 114.99999999999999, 4.35 * 100 is 434.99999999999994
    ['1.15', 115],
    ['4.35', 435],
    ['13541.33', 1354133],
    ['999999999.99', 99_999_999_999],
  ])('%s is %d pence', (text, pence) => expect(parsePrice(text)).toEqual({ pence }));

  it.each(['0', '0.00', '-1', '-11062.06', '-0', '0.000'])('%s is nothing that goods are sold for', (text) =>
    expect(parsePrice(text)).toEqual({ problem: 'not_positive' }),
  );

  it.each(['0.001', '2.555', '1.009'])('%s is not in whole pence', (text) =>
    expect(parsePrice(text)).toEqual({ problem: 'not_whole_pence' }),
  );

  it.each(['', ' ', 'free', '1e3', '1,000.00', '£2', '.5', '5.', '+2', '0x10', 'NaN', '1234567890', '--1'])(
    '%j is no price',
    (text) => expect(parsePrice(text)).toEqual({ problem: 'malformed' }),
  );

  it('is read exactly, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999_999_999 }),
        fc.integer({ min: 0, max: 4 }),
        (pence, zeros) => {
          const digits = String(pence).padStart(3, '0');
          const text = `${digits.slice(0, -2)}.${digits.slice(-2)}${'0'.repeat(zeros)}`;
          expect(parsePrice(text)).toEqual({ pence });
        },
      ),
    );
  });
});
