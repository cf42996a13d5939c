import type { OrderStatus } from '#contracts/shop/orders.js';

/** What can be done to an order. */
export type OrderAction = 'confirm' | 'reject' | 'place again' | 'change' | 'cancel' | 'ship' | 'deliver';

const rules: Record<OrderAction, Partial<Record<OrderStatus, OrderStatus>>> = {
  confirm: { PENDING: 'CONFIRMED' },
  reject: { PENDING: 'REJECTED' },
  'place again': { REJECTED: 'PENDING' },
  change: { PENDING: 'PENDING', CONFIRMED: 'CONFIRMED' },
  cancel: { PENDING: 'CANCELLED', CONFIRMED: 'CANCELLED' },
  ship: { CONFIRMED: 'SHIPPED' },
  deliver: { SHIPPED: 'DELIVERED' },
};

/**
 * The one place that says what may happen to an order when.
 * @returns the status after the action, undefined where it is not allowed
 */
export function statusAfter(action: OrderAction, status: OrderStatus): OrderStatus | undefined {
  return rules[action][status];
}
