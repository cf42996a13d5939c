import { describe, expect, it } from '@jest/globals';
import { available, toStock } from './stock-level.js';

const level = {
  productId: '85123A',
  onHand: 10,
  reserved: 3,
  version: 7,
  updatedAt: new Date('2010-12-01T08:26:00.001Z'),
};

describe('a stock level', () => {
  it('can sell what is on hand and not reserved', () => {
    expect(available(level)).toBe(7);
    expect(available({ onHand: 3, reserved: 3 })).toBe(0);
  });

  it('is shown to clients as the contract says, without what lies on the shelf', () => {
    expect(toStock(level)).toEqual({
      productId: '85123A',
      available: 7,
      reserved: 3,
      version: 7,
      updatedAt: '2010-12-01T08:26:00.001Z',
    });
  });
});
