import { describe, expect, it } from '@jest/globals';
import { rememberPlacedOrders } from './placed-orders.js';

describe('a cancellation', () => {
  it('takes the customer’s most recent order that holds all products, each order once', () => {
    const placed = rememberPlacedOrders();
    placed.add('7', { orderId: 'first', products: new Set(['a', 'b']) });
    placed.add('7', { orderId: 'second', products: new Set(['a', 'b', 'c']) });
    placed.add('7', { orderId: 'third', products: new Set(['a']) });
    placed.add('8', { orderId: 'others', products: new Set(['a', 'b']) });
    const take = (...products: string[]) => placed.take('7', new Set(products))?.orderId;
    expect([take('a', 'b'), take('a', 'b'), take('a', 'b'), take('a'), take('a')]).toEqual([
      'second',
      'first',
      undefined,
      'third',
      undefined,
    ]);
  });

  it('finds nothing for a customer who has ordered nothing', () => {
    expect(rememberPlacedOrders().take('7', new Set(['a']))).toBeUndefined();
  });
});
