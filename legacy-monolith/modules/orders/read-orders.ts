import type { Order, OrderStatus, Tracking } from '#contracts/shop/orders.js';
import { readNewestFirst } from '#platform/database/newest-first.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Page } from '#platform/http/page.js';
import { type OrderItemRow, type OrderTables, toOrder } from './order-tables.js';
import { readTimeline, type TimelineTable } from './timeline.js';

export interface OrderQuery {
  customerId?: string | undefined;
  status?: OrderStatus | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** @throws AppError `not_found` */
export async function getOrder({ orders, items }: OrderTables, orderId: string): Promise<Order> {
  const row = await orders.findByPk(orderId);
  if (!row) throw new AppError('not_found', `There is no order ${orderId}`);
  return toOrder(row, await items.findAll({ where: { orderId }, order: [['lineNo', 'ASC']] }));
}

/** Orders, newest first: all, or those of a customer or in a status. */
export async function listOrders(
  { orders, items }: OrderTables,
  { customerId, status, ...page }: OrderQuery,
): Promise<Page<Order>> {
  const where = {
    ...(customerId === undefined ? {} : { customerId }),
    ...(status === undefined ? {} : { status }),
  };
  const { items: rows, nextCursor } = await readNewestFirst(orders, 'orderId', where, page);
  const itemsOf = groupByOrder(
    await items.findAll({
      where: { orderId: rows.map(({ orderId }) => orderId) },
      order: [
        ['orderId', 'ASC'],
        ['lineNo', 'ASC'],
      ],
    }),
  );
  return { items: rows.map((row) => toOrder(row, itemsOf.get(row.orderId) ?? [])), nextCursor };
}

function groupByOrder(rows: readonly OrderItemRow[]): Map<string, OrderItemRow[]> {
  const groups = new Map<string, OrderItemRow[]>();
  for (const row of rows) {
    const group = groups.get(row.orderId);
    if (group) group.push(row);
    else groups.set(row.orderId, [row]);
  }
  return groups;
}

/**
 * What happened to an order, in every module.
 * @throws AppError `not_found`
 */
export async function trackOrder(
  { orders }: OrderTables,
  timeline: TimelineTable,
  orderId: string,
): Promise<Tracking> {
  const row = await orders.findByPk(orderId, { attributes: ['status'] });
  if (!row) throw new AppError('not_found', `There is no order ${orderId}`);
  return { orderId, status: row.status, timeline: await readTimeline(timeline, orderId) };
}
