import type { Money } from '#contracts/http/fields.js';
import type { Order, TimelineEntry } from '#contracts/shop/orders.js';
import type { PaymentMethod } from '#contracts/shop/payments.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import type { NewOrder, PlacedOrder } from '../domain/order.js';
import { type BegunWrite, entryNow, type OrderWork } from './order-work.js';

/** What is known of an order while it is being placed. */
export interface Placing {
  order: NewOrder;
  method: PaymentMethod;
  /** Known once the order is open. */
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
  return { order, method, paymentId: '', attempt: now.getTime(), write, entries: [] };
}

/**
 * The payment of one attempt at placing an order, the same on both sides: a repetition of the attempt finds its charge,
 * and a later attempt has a payment of its own, which no earlier one has voided.
 */
export function paymentIdOf(
  { orderId, total, currency, version }: PlacedOrder,
  { token }: PaymentMethod,
): string {
  const attempt = version === 1 ? [] : [String(version)];
  return deriveId('payments', orderId, String(total), currency, token, ...attempt);
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
