import { describe, expect, it } from '@jest/globals';
import { orderStatusSchema } from '#contracts/shop/orders.js';
import { changeOrder, openOrder, placeAgain, toOrder } from './order.js';
import { type OrderAction, statusAfter } from './order-status.js';
import { priceOrder } from './price-order.js';

const wanted = {
  ...{ orderId: 'o-1', customerId: 'ada', currency: 'GBP', total: 599, shippingAddress: null },
  lines: [
    { productId: 'lantern', quantity: 2, unitPrice: 250 },
    { productId: 'candle', quantity: 1, unitPrice: 99 },
  ],
  contact: { email: 'ada@example.com' },
};
const then = new Date('2010-12-01T08:26:00.001Z');
const later = new Date('2010-12-01T08:27:00.000Z');
const pending = openOrder(wanted, then);

describe('an order', () => {
  const no = undefined;
  const actions: OrderAction[] = ['confirm', 'reject', 'place again', 'change', 'cancel', 'ship', 'deliver'];

  it.each([
    //             confirm      reject      again      change       cancel       ship       deliver
    ['PENDING', ['CONFIRMED', 'REJECTED', no, 'PENDING', 'CANCELLED', no, no]],
    ['CONFIRMED', [no, no, no, 'CONFIRMED', 'CANCELLED', 'SHIPPED', no]],
    ['REJECTED', [no, no, 'PENDING', no, no, no, no]],
    ['CANCELLED', [no, no, no, no, no, no, no]],
    ['SHIPPED', [no, no, no, no, no, no, 'DELIVERED']],
    ['DELIVERED', [no, no, no, no, no, no, no]],
  ] as const)('that is %s goes where the rules allow', (status, expected) => {
    expect(actions.map((action) => statusAfter(action, status))).toEqual(expected);
  });

  it('has no status without rules', () => {
    expect(orderStatusSchema.options).toHaveLength(6);
  });

  it('begins as pending, and gets a version with each change', () => {
    expect(pending).toMatchObject({ status: 'PENDING', version: 1, placedAt: then, changedAt: then });
    const confirmed = changeOrder(pending, 'confirm', { paymentId: 'p-1' }, later)!;
    expect(confirmed).toEqual({
      ...{ ...pending, status: 'CONFIRMED', paymentId: 'p-1', version: 2, changedAt: later },
    });
    expect(changeOrder(confirmed, 'reject', { reason: 'x' }, later)).toBeUndefined();
  });

  it('is placed again as its next version, with nothing left of what failed', () => {
    const failed = changeOrder(pending, 'reject', { reason: 'unavailable' }, later)!;
    const again = placeAgain(failed, { ...wanted, total: 700 }, later);
    expect(again).toMatchObject({ status: 'PENDING', reason: null, total: 700, version: 3, placedAt: then });
  });

  it('is shown to clients as the contract says', () => {
    expect(toOrder(pending)).toEqual({
      ...{ orderId: 'o-1', customerId: 'ada', status: 'PENDING', paymentId: null },
      items: [
        { productId: 'lantern', quantity: 2, unitPrice: { amount: 250, currency: 'GBP' } },
        { productId: 'candle', quantity: 1, unitPrice: { amount: 99, currency: 'GBP' } },
      ],
      total: { amount: 599, currency: 'GBP' },
      ...{ contact: { email: 'ada@example.com' }, shippingAddress: null, reason: null, shipment: null },
      ...{ version: 1, createdAt: then.toISOString(), updatedAt: then.toISOString() },
    });
  });
});

describe('the price of an order', () => {
  const prices = (...list: [string, number, string][]) =>
    new Map(list.map(([id, amount, currency]) => [id, { price: { amount, currency } }]));
  const items = (...list: [string, number][]) =>
    list.map(([productId, quantity]) => ({ productId, quantity }));

  it('is multiplied and added, in the order of the items', () => {
    expect(priceOrder(items(['b', 7], ['a', 3]), prices(['a', 255, 'GBP'], ['b', 0, 'GBP']))).toEqual({
      ...{ outcome: 'priced', currency: 'GBP', total: 765 },
      lines: [
        { productId: 'b', quantity: 7, unitPrice: 0 },
        { productId: 'a', quantity: 3, unitPrice: 255 },
      ],
    });
  });

  it('names every product that there is not', () => {
    expect(priceOrder(items(['x', 1], ['a', 1], ['y', 1]), prices(['a', 1, 'GBP']))).toEqual({
      outcome: 'unknown products',
      productIds: ['x', 'y'],
    });
  });

  it('is of one currency, and of an amount that can be said', () => {
    const two = prices(['a', 1, 'GBP'], ['b', 1, 'EUR']);
    expect(priceOrder(items(['a', 1], ['b', 1]), two)).toEqual({
      outcome: 'several currencies',
      currencies: ['EUR', 'GBP'],
    });
    const million = items(['a', 1_000_000]);
    expect(priceOrder(million, prices(['a', 100_001, 'GBP'])).outcome).toBe('too much');
    expect(priceOrder(million, prices(['a', 100_000, 'GBP']))).toMatchObject({ total: 100_000_000_000 });
  });
});
