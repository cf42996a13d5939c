import { z } from 'zod';
import { defineEndpoint } from '../http/endpoint.js';
import {
  idSchema,
  listOf,
  moneySchema,
  noBody,
  noParams,
  noQuery,
  pageQuery,
  timestampSchema,
  versionSchema,
} from '../http/fields.js';
import { quantitySchema } from './inventory.js';
import { emailSchema, phoneSchema } from './notifications.js';
import { paymentMethodSchema } from './payments.js';

export const orderStatusSchema = z.enum([
  'PENDING',
  'CONFIRMED',
  'REJECTED',
  'CANCELLED',
  'SHIPPED',
  'DELIVERED',
]);
export type OrderStatus = z.infer<typeof orderStatusSchema>;

export const contactSchema = z
  .strictObject({ email: emailSchema.optional(), phone: phoneSchema.optional() })
  .meta({ id: 'Contact' });
export type Contact = z.infer<typeof contactSchema>;

const line = z.string().trim().min(1).max(255);
export const addressSchema = z
  .strictObject({
    name: line.optional(),
    line1: line,
    line2: line.optional(),
    city: line,
    postcode: line.optional(),
    country: line,
  })
  .meta({ id: 'Address' });
export type Address = z.infer<typeof addressSchema>;

export const orderSchema = z
  .object({
    orderId: idSchema,
    customerId: idSchema,
    status: orderStatusSchema,
    items: z.array(z.object({ productId: idSchema, quantity: quantitySchema, unitPrice: moneySchema })),
    total: moneySchema,
    paymentId: idSchema.nullable(),
    contact: contactSchema,
    shippingAddress: addressSchema.nullable(),
    /** Why a rejected order was rejected: the code of the answer that its client got. */
    reason: z.string().nullable(),
    shipment: z.object({ carrier: z.string(), trackingNumber: z.string() }).nullable(),
    version: versionSchema,
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof orderSchema>;

/** What a customer sees of an order over time, whichever capability it happened in. */
export const timelineEntrySchema = z.object({
  at: timestampSchema,
  type: z.enum([
    'order.placed',
    'order.confirmed',
    'order.rejected',
    'order.changed',
    'order.cancelled',
    'order.shipped',
    'order.delivered',
    'stock.reserved',
    'stock.released',
    'payment.captured',
    'payment.declined',
    'payment.refunded',
    'notification.queued',
    'notification.sent',
    'notification.failed',
  ]),
  detail: z.string(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

export const trackingSchema = z
  .object({ orderId: idSchema, status: orderStatusSchema, timeline: z.array(timelineEntrySchema) })
  .meta({ id: 'Tracking' });
export type Tracking = z.infer<typeof trackingSchema>;

export const customerSummarySchema = z
  .object({
    customerId: idSchema,
    orders: z.int(),
    confirmed: z.int(),
    cancelled: z.int(),
    rejected: z.int(),
    totals: z.array(moneySchema),
    lastOrderAt: timestampSchema.nullable(),
  })
  .meta({ id: 'CustomerSummary' });
export type CustomerSummary = z.infer<typeof customerSummarySchema>;

/** Most items of one order. */
export const maxOrderItems = 100;

const items = z
  .array(z.strictObject({ productId: idSchema, quantity: quantitySchema }))
  .min(1)
  .max(maxOrderItems)
  .refine(
    (list) => new Set(list.map((item) => item.productId)).size === list.length,
    'must not name a product twice',
  );

const params = z.strictObject({ orderId: idSchema });
const changed = { 200: { description: 'The order after the change', schema: orderSchema } };

export const ordersEndpoints = {
  create: defineEndpoint({
    capability: 'orders',
    verb: 'create',
    method: 'POST',
    path: '/orders',
    summary: 'Place an order: reserve stock, take the payment, confirm, tell the customer',
    params: noParams,
    query: noQuery,
    body: z.strictObject({
      customerId: idSchema,
      items,
      payment: paymentMethodSchema,
      contact: contactSchema,
      shippingAddress: addressSchema.optional(),
    }),
    answers: {
      201: { description: 'The confirmed order', schema: orderSchema },
      202: { description: 'The order is still being placed; follow its Location', schema: orderSchema },
    },
    problems: ['not_found', 'insufficient_stock', 'payment_declined', 'unavailable', 'timeout'],
  }),
  get: defineEndpoint({
    capability: 'orders',
    verb: 'get',
    method: 'GET',
    path: '/orders/{orderId}',
    summary: 'One order',
    params,
    query: noQuery,
    body: noBody,
    answers: { 200: { description: 'The order', schema: orderSchema } },
    problems: ['not_found'],
  }),
  list: defineEndpoint({
    capability: 'orders',
    verb: 'list',
    method: 'GET',
    path: '/orders',
    summary: 'Orders, newest first',
    params: noParams,
    query: z.strictObject({
      ...pageQuery,
      customerId: idSchema.optional(),
      status: orderStatusSchema.optional(),
    }),
    body: noBody,
    answers: { 200: { description: 'A page of orders', schema: listOf(orderSchema) } },
    problems: [],
  }),
  change: defineEndpoint({
    capability: 'orders',
    verb: 'change',
    method: 'PATCH',
    path: '/orders/{orderId}',
    summary: 'Change where an order goes or who is told, while it is pending or confirmed',
    params,
    query: noQuery,
    body: z
      .strictObject({ shippingAddress: addressSchema.optional(), contact: contactSchema.optional() })
      .refine(
        (body) => body.shippingAddress !== undefined || body.contact !== undefined,
        'must change something',
      ),
    answers: changed,
    problems: ['not_found', 'invalid_state', 'version_mismatch'],
  }),
  cancel: defineEndpoint({
    capability: 'orders',
    verb: 'cancel',
    method: 'POST',
    path: '/orders/{orderId}/cancel',
    summary: 'Cancel an order that has not been shipped: refund, put the stock back, tell the customer',
    params,
    query: noQuery,
    body: noBody,
    answers: changed,
    problems: ['not_found', 'invalid_state', 'version_mismatch', 'unavailable', 'timeout'],
  }),
  ship: defineEndpoint({
    capability: 'orders',
    verb: 'ship',
    method: 'POST',
    path: '/orders/{orderId}/ship',
    summary: 'Hand a confirmed order to a carrier',
    params,
    query: noQuery,
    body: z.strictObject({ carrier: line, trackingNumber: line }),
    answers: changed,
    problems: ['not_found', 'invalid_state', 'version_mismatch'],
  }),
  deliver: defineEndpoint({
    capability: 'orders',
    verb: 'deliver',
    method: 'POST',
    path: '/orders/{orderId}/deliver',
    summary: 'A shipped order has arrived',
    params,
    query: noQuery,
    body: noBody,
    answers: changed,
    problems: ['not_found', 'invalid_state', 'version_mismatch'],
  }),
  tracking: defineEndpoint({
    capability: 'orders',
    verb: 'tracking',
    method: 'GET',
    path: '/orders/{orderId}/tracking',
    summary: 'What happened to an order so far, oldest first',
    params,
    query: noQuery,
    body: noBody,
    answers: { 200: { description: 'The timeline', schema: trackingSchema } },
    problems: ['not_found'],
  }),
  summary: defineEndpoint({
    capability: 'orders',
    verb: 'summary',
    method: 'GET',
    path: '/customers/{customerId}/summary',
    summary: 'What a customer has ordered so far',
    params: z.strictObject({ customerId: idSchema }),
    query: noQuery,
    body: noBody,
    answers: { 200: { description: 'The summary', schema: customerSummarySchema } },
    problems: ['not_found'],
  }),
};
