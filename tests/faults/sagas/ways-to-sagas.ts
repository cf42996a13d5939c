import type { OrderStatus } from '#contracts/shop/orders.js';
import type { Act } from './act-on-order.js';

/** How a client gets a saga begun. */
export interface Way {
  /** What has been done to the order before. */
  before: readonly Act[];
  act: Act;
  /** What of the order the saga works on, where that is not the order itself. */
  aspect?: string;
  /** What is to become of the order when all of the saga's steps are done, and when none is. */
  status: Record<'done' | 'taken back', OrderStatus>;
}

const placed = { 'taken back': 'CONFIRMED' } as const;

/** By the name of the saga; tests of a new one begin with its entry here. */
export const waysTo: Record<string, readonly Way[]> = {
  'place order': [{ before: [], act: 'place', status: { done: 'CONFIRMED', 'taken back': 'REJECTED' } }],
  'cancel order': [{ before: ['place'], act: 'cancel', status: { ...placed, done: 'CANCELLED' } }],
  'ship order': [afterwards('ship', ['place'], 'ship', 'SHIPPED')],
  'tell customer': [
    afterwards('order-confirmed', [], 'place', 'CONFIRMED'),
    afterwards('order-cancelled', ['place'], 'cancel', 'CANCELLED'),
    afterwards('order-shipped', ['place'], 'ship', 'SHIPPED'),
    afterwards('order-delivered', ['place', 'ship'], 'deliver', 'DELIVERED'),
  ],
};

/** A saga of what has happened already, whatever becomes of the saga. */
function afterwards(aspect: string, before: readonly Act[], act: Act, status: OrderStatus): Way {
  return { before, act, aspect, status: { done: status, 'taken back': status } };
}
