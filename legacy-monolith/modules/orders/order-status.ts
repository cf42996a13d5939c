import type { OrderStatus } from '#contracts/shop/orders.js';

/** What can be done to an order. */
export type OrderAction = 'confirm' | 'reject' | 'change' | 'cancel' | 'ship' | 'deliver' | 'place again';

const rules: Record<OrderAction, Partial<Record<OrderStatus, OrderStatus>>> = {
  confirm: { PENDING: 'CONFIRMED' },
  reject: { PENDING: 'REJECTED' },
  change: { PENDING: 'PENDING', CONFIRMED: 'CONFIRMED' },
  cancel: { PENDING: 'CANCELLED', CONFIRMED: 'CANCELLED' },
  ship: { CONFIRMED: 'SHIPPED' },
  deliver: { SHIPPED: 'DELIVERED' },
  'place again': { REJECTED: 'PENDING' },
};

/** Answers that the shop, or the card's bank, has decided on: an order that was rejected for them stays so. */
const decisions = ['insufficient_stock', 'payment_declined', 'invalid_state', 'not_found'];

/** Was an order rejected for good? Others failed for reasons of the moment, and may be placed again. */
export function wasDecided(reason: string): boolean {
  return decisions.includes(reason);
}

/**
 * The one place that says what may happen to an order when.
 * @returns the status after the action, undefined where it is not allowed
 */
export function statusAfter(action: OrderAction, status: OrderStatus): OrderStatus | undefined {
  return rules[action][status];
}
