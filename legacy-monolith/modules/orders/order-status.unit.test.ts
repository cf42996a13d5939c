import { describe, expect, it } from '@jest/globals';
import { orderStatusSchema } from '#contracts/shop/orders.js';
import { type OrderAction, statusAfter } from './order-status.js';

const actions: OrderAction[] = ['confirm', 'reject', 'change', 'cancel', 'ship', 'deliver'];
const no = undefined;

describe('an order', () => {
  it.each([
    //             confirm      reject      change       cancel       ship       deliver
    ['PENDING', ['CONFIRMED', 'REJECTED', 'PENDING', 'CANCELLED', no, no]],
    ['CONFIRMED', [no, no, 'CONFIRMED', 'CANCELLED', 'SHIPPED', no]],
    ['REJECTED', [no, no, no, no, no, no]],
    ['CANCELLED', [no, no, no, no, no, no]],
    ['SHIPPED', [no, no, no, no, no, 'DELIVERED']],
    ['DELIVERED', [no, no, no, no, no, no]],
  ] as const)('that is %s goes where the rules allow', (status, expected) => {
    expect(actions.map((action) => statusAfter(action, status))).toEqual(expected);
  });

  it('has no status without rules', () => {
    expect(orderStatusSchema.options).toHaveLength(6);
  });
});
