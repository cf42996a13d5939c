import { describe, expect, it } from '@jest/globals';
import { describeMoney } from './describe-money.js';

describe('describeMoney', () => {
  it.each([
    [1299, 'GBP', '12.99 GBP'],
    [5, 'EUR', '0.05 EUR'],
    [0, 'GBP', '0.00 GBP'],
    [1299, 'JPY', '1299 JPY'],
    [1299, 'KWD', '1.299 KWD'],
    [100_000_000_000, 'GBP', '1000000000.00 GBP'],
  ])('says %i in minor units of %s as %s', (amount, currency, text) => {
    expect(describeMoney({ amount, currency })).toBe(text);
  });
});
