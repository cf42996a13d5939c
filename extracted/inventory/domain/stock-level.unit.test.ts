import { describe, expect, it } from '@jest/globals';
import { maxAvailable } from '#contracts/shop/inventory.js';
import { available, firstLevel, hasRoomFor, moved, toStock } from './stock-level.js';

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

describe('a movement of stock', () => {
  const now = new Date('2011-01-04T10:00:00.000Z');

  it('makes the next version, and moves what it says alone', () => {
    expect(moved(level, { onHand: -2 }, now)).toEqual({
      ...level,
      ...{ onHand: 8, version: 8, updatedAt: now },
    });
    expect(moved(level, { reserved: 4 }, now)).toMatchObject({ onHand: 10, reserved: 7 });
    expect(moved(level, { onHand: -3, reserved: -3 }, now)).toMatchObject({ onHand: 7, reserved: 0 });
  });

  it('begins with version 1 and nothing reserved', () => {
    expect(firstLevel('85123A', 4, now)).toMatchObject({ onHand: 4, reserved: 0, version: 1 });
  });

  it('fits until more could be sold than the shop can count', () => {
    expect(hasRoomFor({ ...level, onHand: maxAvailable, reserved: 1 }, 1)).toBe(true);
    expect(hasRoomFor({ ...level, onHand: maxAvailable, reserved: 1 }, 2)).toBe(false);
  });
});
