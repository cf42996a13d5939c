import { describe, expect, it } from '@jest/globals';
import type { Product } from '#contracts/shop/catalogue.js';
import { priceOrder } from './price-order.js';

function catalogue(...prices: [id: string, amount: number, currency: string][]): Map<string, Product> {
  const rest = { name: 'Lantern', version: 1, createdAt: '', updatedAt: '' };
  return new Map(
    prices.map(([productId, amount, currency]) => [
      productId,
      { productId, price: { amount, currency }, ...rest },
    ]),
  );
}

describe('priceOrder', () => {
  it('multiplies and adds', () => {
    const products = catalogue(['a', 255, 'GBP'], ['b', 0, 'GBP']);
    const items = [
      { productId: 'b', quantity: 7 },
      { productId: 'a', quantity: 3 },
    ];
    expect(priceOrder(items, products)).toEqual({
      lines: [
        { productId: 'b', quantity: 7, unitPrice: 0 },
        { productId: 'a', quantity: 3, unitPrice: 255 },
      ],
      currency: 'GBP',
      total: 765,
    });
  });

  it('names every product that there is not', () => {
    const items = ['x', 'a', 'y'].map((productId) => ({ productId, quantity: 1 }));
    expect(() => priceOrder(items, catalogue(['a', 1, 'GBP']))).toThrow(
      expect.objectContaining({ code: 'not_found', message: 'There is no product x, y' }),
    );
  });

  it('takes one currency only', () => {
    const items = ['a', 'b'].map((productId) => ({ productId, quantity: 1 }));
    expect(() => priceOrder(items, catalogue(['a', 1, 'GBP'], ['b', 1, 'EUR']))).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });

  it('refuses a total that no amount can say', () => {
    const items = [{ productId: 'a', quantity: 1_000_000 }];
    expect(() => priceOrder(items, catalogue(['a', 100_001, 'GBP']))).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
    expect(priceOrder(items, catalogue(['a', 100_000, 'GBP'])).total).toBe(100_000_000_000);
  });
});
