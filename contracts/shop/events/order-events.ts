import { z } from 'zod';
import { orderSchema } from '../orders.js';
import { defineEvent } from './define-event.js';

const key = 'orderId';

/**
 * The order as it stands after what has happened. Whoever reads events needs nobody else to know it, and of two events
 * the order's version tells which is newer.
 */
const data = z.object({ order: orderSchema });

export const orderEvents = {
  placed: defineEvent({
    type: 'orders.placed.v1',
    summary: 'A customer has placed an order; it is pending until stock and payment are there',
    ...{ key, data },
  }),
  confirmed: defineEvent({
    type: 'orders.confirmed.v1',
    summary: 'Stock is set aside and the payment taken: the order stands',
    ...{ key, data },
  }),
  rejected: defineEvent({
    type: 'orders.rejected.v1',
    summary: 'An order could not be placed; nothing is kept reserved or charged',
    ...{ key, data },
  }),
  changed: defineEvent({
    type: 'orders.changed.v1',
    summary: 'A customer has changed where an order goes, or who is told',
    key,
    data: data.extend({ changed: z.array(z.enum(['contact', 'shippingAddress'])).min(1) }),
  }),
  cancelled: defineEvent({
    type: 'orders.cancelled.v1',
    summary: 'An order has been cancelled: payment refunded, stock put back',
    ...{ key, data },
  }),
  shipped: defineEvent({
    type: 'orders.shipped.v1',
    summary: 'An order has been handed to a carrier',
    ...{ key, data },
  }),
  delivered: defineEvent({
    type: 'orders.delivered.v1',
    summary: 'An order has arrived',
    ...{ key, data },
  }),
};
