import { newEvent } from '#contracts/shop/events/define-event.js';
import { orderEvents } from '#contracts/shop/events/order-events.js';
import type { Order } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import { checkVersion, type ExpectedVersions } from '#platform/http/entity-tag.js';
import type { NewEvent } from '#platform/outbox/record-events.js';
import type { ModuleContext } from '../../context/module-context.js';
import type { Catalogue } from '../catalogue/index.js';
import type { OrderedStock, OrderStockPort } from '../inventory/index.js';
import type { Notifications } from '../notifications/index.js';
import type { OrderPaymentPort } from '../payments/index.js';
import { type OrderAction, statusAfter } from './order-status.js';
import { type OrderItemRow, type OrderRow, type OrderTables, toOrder } from './order-tables.js';
import type { TimelineTable } from './timeline.js';

/** What the use cases of orders work with. */
export interface OrderWork extends ModuleContext, OrderTables {
  timeline: TimelineTable;
  catalogue: Catalogue;
  inventory: OrderStockPort;
  payments: OrderPaymentPort;
  notifications: Notifications;
}

/** An order that a transaction has locked, with its items. */
export interface LockedOrder {
  row: OrderRow;
  items: OrderItemRow[];
}

/** What an order wants of the inventory. */
export function stockOf({ row, items }: LockedOrder): OrderedStock {
  return { orderId: row.orderId, items };
}

/**
 * Locks an order for a change.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`
 */
export async function lockOrder(
  work: OrderWork,
  orderId: string,
  action: OrderAction,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<LockedOrder> {
  const order = await findLocked(work, orderId, transaction);
  const { row } = order;
  checkVersion(`Order ${orderId}`, row.version, expected);
  if (statusAfter(action, row.status) === undefined) {
    throw new AppError(
      'invalid_state',
      `Order ${orderId} is ${row.status}: it is not possible to ${action} it`,
    );
  }
  return order;
}

/** Locks an order, whatever is to become of it. @throws AppError `not_found` */
export async function findLocked(
  { orders, items }: OrderWork,
  orderId: string,
  transaction: Guarded<'orders'>,
): Promise<LockedOrder> {
  const row = await orders.findByPk(orderId, { transaction, lock: transaction.LOCK.UPDATE });
  if (!row) throw new AppError('not_found', `There is no order ${orderId}`);
  return { row, items: await items.findAll({ where: { orderId }, order: [['lineNo', 'ASC']], transaction }) };
}

/** What is said of an action. */
const eventByAction = {
  'place again': orderEvents.placed,
  confirm: orderEvents.confirmed,
  reject: orderEvents.rejected,
  cancel: orderEvents.cancelled,
  ship: orderEvents.shipped,
  deliver: orderEvents.delivered,
};

/** Writes what an action changes about an order, as its next version, and says it. */
export async function saveOrder(
  { clock, say }: OrderWork,
  { row, items }: LockedOrder,
  action: OrderAction,
  change: Partial<OrderRow>,
  transaction: Guarded<'orders'>,
): Promise<Order> {
  const status = statusAfter(action, row.status) ?? row.status;
  const next = { ...change, status, version: row.version + 1, updatedAt: clock() };
  const order = toOrder(await row.update(next, { transaction }), items);
  await say([eventOf(order, action, change)], transaction);
  return order;
}

function eventOf(order: Order, action: OrderAction, change: Partial<OrderRow>): NewEvent {
  const { orderId } = order;
  if (action !== 'change') return newEvent(eventByAction[action], orderId, { order });
  const contact = change.email !== undefined || change.phone !== undefined;
  const address = change.shippingAddress !== undefined;
  const changed = [
    ...(contact ? ['contact' as const] : []),
    ...(address ? ['shippingAddress' as const] : []),
  ];
  return newEvent(orderEvents.changed, orderId, { order, changed });
}
