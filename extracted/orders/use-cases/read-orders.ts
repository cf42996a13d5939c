import type { Order, Tracking } from '#contracts/shop/orders.js';
import { AppError } from '#platform/http/app-error.js';
import type { Page } from '#platform/http/page.js';
import { mergeTimelines } from '../domain/merge-timelines.js';
import { toOrder } from '../domain/order.js';
import type { OrderQuery, Orders } from './order-work.js';

/** @throws AppError `not_found` */
export async function getOrder(orders: Orders, orderId: string): Promise<Order> {
  const order = await orders.find(orderId);
  if (!order) throw new AppError('not_found', `There is no order ${orderId}`);
  return toOrder(order);
}

/** Orders, newest first; a cursor that the monolith gave is good here, and the other way round. */
export async function listOrders(orders: Orders, query: OrderQuery): Promise<Page<Order>> {
  const { items, nextCursor } = await orders.list(query);
  return { items: items.map(toOrder), nextCursor };
}

/** What happened to an order, wherever it happened. @throws AppError `not_found` */
export async function trackOrder(orders: Orders, orderId: string): Promise<Tracking> {
  const { status } = await getOrder(orders, orderId);
  const [own, heard] = await Promise.all([orders.timeline(orderId), orders.heard(orderId)]);
  return { orderId, status, timeline: mergeTimelines(own, heard) };
}
