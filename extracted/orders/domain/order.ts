import type { Address, Contact, Order, OrderStatus } from '#contracts/shop/orders.js';
import { type OrderAction, statusAfter } from './order-status.js';

export interface OrderLine {
  productId: string;
  quantity: number;
  /** Minor units of the order's currency. */
  unitPrice: number;
}

export interface Shipment {
  carrier: string;
  trackingNumber: string;
}

/** What a customer wants, at the prices of that moment. */
export interface NewOrder {
  orderId: string;
  customerId: string;
  lines: OrderLine[];
  currency: string;
  /** Minor units. */
  total: number;
  contact: Contact;
  shippingAddress: Address | null;
}

/** An order with all that belongs to it: it is read, changed and written as a whole. */
export interface PlacedOrder extends NewOrder {
  status: OrderStatus;
  paymentId: string | null;
  reason: string | null;
  shipment: Shipment | null;
  version: number;
  placedAt: Date;
  changedAt: Date;
}

/** What an action may change beside the status. */
export type OrderChange = Partial<
  Pick<PlacedOrder, 'contact' | 'shippingAddress' | 'paymentId' | 'reason' | 'shipment'>
>;

/** An order as it begins. */
export function openOrder(wanted: NewOrder, now: Date): PlacedOrder {
  return {
    ...wanted,
    ...{ status: 'PENDING', paymentId: null, reason: null, shipment: null },
    ...{ version: 1, placedAt: now, changedAt: now },
  };
}

/** The order after an action, as its next version; undefined where its status does not allow it. */
export function changeOrder(
  order: PlacedOrder,
  action: OrderAction,
  change: OrderChange,
  now: Date,
): PlacedOrder | undefined {
  const status = statusAfter(action, order.status);
  return status && { ...order, ...change, status, version: order.version + 1, changedAt: now };
}

/** An order that failed for a reason that was not its client's is placed again under its id, as its next version. */
export function placeAgain(order: PlacedOrder, wanted: NewOrder, now: Date): PlacedOrder | undefined {
  return changeOrder({ ...order, ...wanted }, 'place again', { reason: null, paymentId: null }, now);
}

/** The resource that clients see. */
export function toOrder(order: PlacedOrder): Order {
  const { orderId, customerId, status, currency, paymentId, contact, shippingAddress } = order;
  return {
    ...{ orderId, customerId, status },
    items: order.lines.map(({ productId, quantity, unitPrice }) => ({
      ...{ productId, quantity, unitPrice: { amount: unitPrice, currency } },
    })),
    total: { amount: order.total, currency },
    ...{ paymentId, contact, shippingAddress, reason: order.reason, shipment: order.shipment },
    version: order.version,
    createdAt: order.placedAt.toISOString(),
    updatedAt: order.changedAt.toISOString(),
  };
}
