import type { z } from 'zod';
import type { EventDefinition } from '#contracts/shop/events/define-event.js';
import { inventoryEvents } from '#contracts/shop/events/inventory-events.js';
import { notificationEvents } from '#contracts/shop/events/notification-events.js';
import { orderEvents } from '#contracts/shop/events/order-events.js';
import { paymentEvents } from '#contracts/shop/events/payment-events.js';
import type { Notification } from '#contracts/shop/notifications.js';
import type { Order, TimelineEntry } from '#contracts/shop/orders.js';
import type { Payment } from '#contracts/shop/payments.js';
import type { DomainEvent } from '#contracts/strangler/domain-event.js';
import { describeMoney } from '../domain/describe-money.js';
import type { TrackingFact } from '../domain/timeline.js';

/** A fact, and whose it is. */
export interface HeardFact {
  orderId: string;
  fact: TrackingFact;
}

interface Listener {
  type: string;
  hear(event: DomainEvent): HeardFact | undefined;
}

/** What one kind of event means. */
function on<Data extends z.ZodType>(
  { type, data }: EventDefinition<Data>,
  hear: (happened: z.output<Data>, at: string) => HeardFact | undefined,
): Listener {
  return { type, hear: (event) => hear(data.parse(event.data), event.occurredAt) };
}

const { placed, confirmed, rejected, changed, cancelled, shipped, delivered } = orderEvents;
const fieldNames = { contact: 'contact', shippingAddress: 'shipping address' };
const products = ({ items }: Order) => `${items.length} ${items.length === 1 ? 'product' : 'products'}`;

const listeners: readonly Listener[] = [
  on(placed, ({ order }, at) => ofOrder(order, at, 'order.placed', products(order))),
  on(confirmed, ({ order }, at) => ofOrder(order, at, 'order.confirmed', `payment ${order.paymentId}`)),
  on(rejected, ({ order }, at) => ofOrder(order, at, 'order.rejected', order.reason ?? '')),
  on(changed, ({ order, changed: fields }, at) => {
    const detail = fields.map((field) => fieldNames[field]).join(' and ');
    return ofOrder(order, at, 'order.changed', detail);
  }),
  on(cancelled, ({ order }, at) => ofOrder(order, at, 'order.cancelled', 'at the request of a client')),
  on(shipped, ({ order }, at) => {
    const { carrier, trackingNumber } = order.shipment ?? {};
    return ofOrder(order, at, 'order.shipped', `${carrier} ${trackingNumber}`);
  }),
  on(delivered, ({ order }, at) => ofOrder(order, at, 'order.delivered', `by ${order.shipment?.carrier}`)),
  on(inventoryEvents.stockReserved, (moved, at) => ofStock(moved, at, 'stock.reserved')),
  on(inventoryEvents.stockReleased, (moved, at) => ofStock(moved, at, 'stock.released')),
  on(paymentEvents.captured, ({ payment }, at) => ofPayment(payment, at)),
  on(paymentEvents.refunded, ({ payment }, at) => ofPayment(payment, at)),
  on(paymentEvents.declined, ({ paymentId, orderId, reason }, at) =>
    heard(orderId, { fact: `${paymentId} declined`, at, type: 'payment.declined', detail: reason }),
  ),
  on(notificationEvents.queued, ({ notification }, at) => ofNotification(notification, at)),
  on(notificationEvents.sent, ({ notification }, at) => ofNotification(notification, at)),
  on(notificationEvents.failed, ({ notification }, at) => ofNotification(notification, at)),
];

/** The events that an order's timeline is made of. */
export const trackedEvents = listeners.map(({ type }) => type);

/** The events that tell how an order stands. */
export const orderEventTypes = Object.values(orderEvents).map(({ type }) => type);

/** The order as it stands after one of those. @throws ZodError for what is not published so */
export function orderOf(event: DomainEvent): Order {
  return placed.data.parse(event.data).order;
}

/**
 * What an event means for the timeline of an order.
 * @returns undefined where it is about none
 * @throws ZodError for what is not published so
 */
export function hearEvent(event: DomainEvent): HeardFact | undefined {
  return listeners.find(({ type }) => type === event.type)?.hear(event);
}

/** An order's versions follow each other on whichever side: each is one fact. */
function ofOrder(
  { orderId, version }: Order,
  at: string,
  type: TimelineEntry['type'],
  detail: string,
): HeardFact {
  return heard(orderId, { fact: `v${version}`, at, type, detail, version });
}

function ofStock(
  moved: { orderId: string; productId: string; quantity: number; attempt: number },
  at: string,
  type: 'stock.reserved' | 'stock.released',
): HeardFact {
  const { orderId, productId, quantity: units, attempt } = moved;
  return heard(orderId, { fact: `${productId} ${type} ${attempt}`, at, type, detail: '', units });
}

/** What a payment's state says of it: that it was captured, or has gone back. */
export function ofPayment({ paymentId, orderId, amount, method, status }: Payment, at: string): HeardFact {
  const money = describeMoney(amount);
  return status === 'CAPTURED'
    ? heard(orderId, {
        ...{ fact: `${paymentId} captured`, at, type: 'payment.captured' },
        detail: `${money} by card ending in ${method.last4}`,
      })
    : heard(orderId, { fact: `${paymentId} refunded`, at, type: 'payment.refunded', detail: money });
}

const told = {
  QUEUED: 'notification.queued',
  SENT: 'notification.sent',
  FAILED: 'notification.failed',
} as const;

/** What a notification's state says of it. @returns undefined for one that is about no order */
export function ofNotification(
  { notificationId, orderId, status, template, channel }: Omit<Notification, 'to'>,
  at: string,
): HeardFact | undefined {
  if (orderId === null) return undefined;
  const type = told[status];
  return heard(orderId, {
    fact: `${notificationId} ${status}`,
    at,
    type,
    detail: `${template} by ${channel}`,
  });
}

type Said = Pick<TrackingFact, 'fact' | 'at' | 'type' | 'detail'> & Partial<TrackingFact>;

function heard(orderId: string, said: Said): HeardFact {
  return { orderId, fact: { units: null, version: null, source: 'event', ...said } };
}
