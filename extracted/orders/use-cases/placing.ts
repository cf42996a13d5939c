import type { Money } from '#contracts/http/fields.js';
import type { Order, TimelineEntry } from '#contracts/shop/orders.js';
import type { PaymentMethod } from '#contracts/shop/payments.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import type { NewOrder } from '../domain/order.js';
import { type BegunWrite, entryNow, type OrderWork } from './order-work.js';

/** What is known of an order while it is being placed. */
export interface Placing {
  order: NewOrder;
  method: PaymentMethod;
  paymentId: string;
  /** Tells this attempt at placing the order from an earlier one under the same id. */
  attempt: number;
  write: BegunWrite;
  /** What has happened so far, for the order's timeline. */
  entries: TimelineEntry[];
  /** The order as its owner wrote it down, where that was the other side: a replica may not have it yet. */
  settled?: Order;
}

/** Everything that a saga needs to know to place this order, whoever carries it on. */
export function placing(order: NewOrder, method: PaymentMethod, write: BegunWrite, now: Date): Placing {
  const { amount, currency } = amountOf(order);
  const paymentId = deriveId('payments', order.orderId, String(amount), currency, method.token);
  return { order, method, paymentId, attempt: now.getTime(), write, entries: [] };
}

export function noted(
  work: OrderWork,
  { entries }: Placing,
  type: TimelineEntry['type'],
  detail: string,
): Partial<Placing> {
  return { entries: [...entries, entryNow(work, type, detail)] };
}

export function stockOf({ order, attempt }: Placing) {
  const items = order.lines.map(({ productId, quantity }) => ({ productId, quantity }));
  return { orderId: order.orderId, items, attempt };
}

export function unitsOf({ order }: Placing): string {
  const units = order.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  return `${units} ${units === 1 ? 'unit' : 'units'}`;
}

export function amountOf({ total, currency }: NewOrder): Money {
  return { amount: total, currency };
}
