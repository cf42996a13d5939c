import { describe, expect, it } from '@jest/globals';
import { shopEvents } from '#contracts/shop/events/index.js';
import type { Order } from '#contracts/shop/orders.js';
import type { DomainEvent } from '#contracts/strangler/domain-event.js';
import { hearEvent, ofPayment, orderOf, trackedEvents } from './hear-events.js';

const at = '2026-01-02T03:04:05.678Z';
const happened = (type: string, data: object): DomainEvent => ({
  ...{ eventId: 'e', type, capability: type.split('.')[0]!, key: 'k', occurredAt: at },
  ...{ side: 'monolith', epoch: 1, sequence: 1, data: data as DomainEvent['data'] },
});
const order: Order = {
  ...{ orderId: 'o', customerId: 'c', status: 'SHIPPED', version: 3, reason: null, paymentId: 'p' },
  items: [{ productId: 'lamp', quantity: 2, unitPrice: { amount: 250, currency: 'GBP' } }],
  total: { amount: 500, currency: 'GBP' },
  contact: {},
  shippingAddress: null,
  shipment: { carrier: 'Post', trackingNumber: 'T1' },
  ...{ createdAt: at, updatedAt: at },
};
const payment = {
  ...{ paymentId: 'p', orderId: 'o', amount: { amount: 500, currency: 'GBP' }, status: 'CAPTURED' as const },
  ...{ method: { type: 'card' as const, last4: '4242' }, version: 1, createdAt: at, updatedAt: at },
};
const notification = {
  ...{ notificationId: 'n', channel: 'email', template: 'order-shipped', orderId: 'o', status: 'SENT' },
  ...{ attempts: 1, version: 2, createdAt: at, updatedAt: at },
};
const stock = { orderId: 'o', productId: 'lamp', quantity: 2, attempt: 7 };

describe('an event', () => {
  it.each([
    ['orders.placed.v1', { order }, 'v3', 'order.placed', '1 product'],
    ['orders.confirmed.v1', { order }, 'v3', 'order.confirmed', 'payment p'],
    ['orders.rejected.v1', { order: { ...order, reason: 'timeout' } }, 'v3', 'order.rejected', 'timeout'],
    [
      'orders.changed.v1',
      { order, changed: ['contact', 'shippingAddress'] },
      'v3',
      'order.changed',
      'contact and shipping address',
    ],
    ['orders.cancelled.v1', { order }, 'v3', 'order.cancelled', 'at the request of a client'],
    ['orders.shipped.v1', { order }, 'v3', 'order.shipped', 'Post T1'],
    ['orders.delivered.v1', { order }, 'v3', 'order.delivered', 'by Post'],
    ['inventory.stock-reserved.v1', stock, 'lamp stock.reserved 7', 'stock.reserved', ''],
    ['inventory.stock-released.v1', stock, 'lamp stock.released 7', 'stock.released', ''],
    [
      'payments.captured.v1',
      { payment },
      'p captured',
      'payment.captured',
      '5.00 GBP by card ending in 4242',
    ],
    [
      'payments.refunded.v1',
      { payment: { ...payment, status: 'REFUNDED' } },
      'p refunded',
      'payment.refunded',
      '5.00 GBP',
    ],
    [
      'payments.declined.v1',
      { ...payment, reason: 'no money' },
      'p declined',
      'payment.declined',
      'no money',
    ],
    [
      'notifications.queued.v1',
      { notification: { ...notification, status: 'QUEUED' } },
      'n QUEUED',
      'notification.queued',
      'order-shipped by email',
    ],
    ['notifications.sent.v1', { notification }, 'n SENT', 'notification.sent', 'order-shipped by email'],
    [
      'notifications.failed.v1',
      { notification: { ...notification, status: 'FAILED' } },
      'n FAILED',
      'notification.failed',
      'order-shipped by email',
    ],
  ])('%s is a fact of its order', (type, data, fact, entry, detail) => {
    expect(hearEvent(happened(type, data))).toMatchObject({
      orderId: 'o',
      fact: { fact, at, type: entry, detail, source: 'event', version: fact === 'v3' ? 3 : null },
    });
    expect(trackedEvents).toContain(type);
  });

  it('is heard of every kind that is published, but for units that have left the house with their order', () => {
    const others = shopEvents.map(({ type }) => type).filter((type) => !trackedEvents.includes(type));
    expect(others).toEqual(['inventory.stock-shipped.v1']);
  });

  it('of no order is passed by', () => {
    const data = { notification: { ...notification, orderId: null } };
    expect(hearEvent(happened('notifications.sent.v1', data))).toBeUndefined();
  });

  it('that is not as published is refused', () => {
    expect(() => hearEvent(happened('orders.placed.v1', { order: { ...order, version: 'x' } }))).toThrow();
  });

  it('has the order as it stands after it', () => {
    expect(orderOf(happened('orders.shipped.v1', { order }))).toEqual(order);
  });
});

describe('a payment that no event tells of any more', () => {
  it('is the same fact as its event was', () => {
    const fact = hearEvent(happened('payments.captured.v1', { payment }));
    expect(ofPayment(payment, at)).toEqual(fact);
  });
});
