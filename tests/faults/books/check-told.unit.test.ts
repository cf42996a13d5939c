import { describe, expect, it } from '@jest/globals';
import type { BookedOrder } from './books.js';
import { checkTold } from './check-told.js';

const email = 'a@customers.example';

function order(orderId: string, status: BookedOrder['status']): BookedOrder {
  return { orderId, status, total: 100, currency: 'GBP', paymentId: 'p', email, items: [] };
}

const wrongOf = (status: number | undefined, orders: readonly BookedOrder[]): string[] =>
  checkTold([{ email, status, tries: 3 }], { orders }).map(({ what }) => what);

describe('customers who have asked again under their key', () => {
  it('have what they were told', () => {
    expect(wrongOf(201, [order('o1', 'SHIPPED')])).toEqual([]);
    expect(wrongOf(402, [order('o1', 'REJECTED')])).toEqual([]);
    expect(wrongOf(409, [])).toEqual([]);
  });

  it.each([
    ['are confirmed an order that is not there', 201, []],
    ['are confirmed an order that was rejected', 201, [order('o1', 'REJECTED')]],
    ['are refused an order that is paid', 402, [order('o1', 'CONFIRMED')]],
    ['have two orders', 201, [order('o1', 'CONFIRMED'), order('o2', 'REJECTED')]],
    ['are never told', undefined, [order('o1', 'CONFIRMED')]],
  ] as const)('are found when they %s', (_what, status, orders) => {
    expect(wrongOf(status, orders)).toEqual([
      expect.stringContaining(`told ${status ?? 'nothing'} after 3 tries`),
    ]);
  });
});
