import { describe, expect, it } from '@jest/globals';
import type { Settlement } from '#contracts/shop/order-requests.js';
import type { OrderStatus } from '#contracts/shop/orders.js';
import { decideSettlement } from './settlement.js';

const confirm: Pick<Settlement, 'from' | 'to' | 'paymentId'> = {
  ...{ from: ['PENDING'], to: 'CONFIRMED', paymentId: 'p1' },
};
const reject: typeof confirm = { from: ['PENDING'], to: 'REJECTED' };
const cancel: typeof confirm = { from: ['PENDING', 'CONFIRMED'], to: 'CANCELLED' };

const handOn: typeof confirm = { from: ['PENDING', 'CONFIRMED'], to: 'UNCHANGED' };

const order = (status: OrderStatus, paymentId: string | null = null) => ({ status, paymentId });

describe('what a settlement means for an order', () => {
  it.each([
    ['confirm', confirm, order('PENDING')],
    ['reject', reject, order('PENDING')],
    ['cancel', cancel, order('CONFIRMED', 'p1')],
  ] as const)('%s: is done from where it was begun', (_what, settlement, from) => {
    expect(decideSettlement(from, settlement)).toBe('settle');
  });

  it.each([
    ['confirm', confirm, order('CONFIRMED', 'p1')],
    ['confirm, of one that has moved on since', confirm, order('DELIVERED', 'p1')],
    ['confirm, of one that was cancelled since', confirm, order('CANCELLED', 'p1')],
    ['reject', reject, order('REJECTED')],
    ['reject, of one that its client has cancelled', reject, order('CANCELLED')],
    ['give a cancellation up', handOn, order('CONFIRMED', 'p1')],
    ['give a cancellation up that its owner has completed', handOn, order('CANCELLED', 'p1')],
    ['cancel', cancel, order('CANCELLED', 'p1')],
  ] as const)('%s: asked for again, it is done already', (_what, settlement, now) => {
    expect(decideSettlement(now, settlement)).toBe('settled');
  });

  it.each([
    ['confirm, of one with another payment', confirm, order('CONFIRMED', 'p2')],
    ['confirm, of one that was cancelled before', confirm, order('CANCELLED')],
    ['reject, of one that was confirmed', reject, order('CONFIRMED', 'p1')],
    ['cancel, of one that was shipped', cancel, order('SHIPPED', 'p1')],
  ] as const)('%s: is refused, the order has gone another way', (_what, settlement, now) => {
    expect(decideSettlement(now, settlement)).toBe('refuse');
  });
});
