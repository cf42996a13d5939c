import type { Transaction } from 'sequelize';
import type { Order } from '#contracts/shop/orders.js';
import { AppError } from '#platform/http/app-error.js';
import { checkVersion, type ExpectedVersions } from '#platform/http/entity-tag.js';
import type { ModuleContext } from '../../module-context.js';
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
  transaction: Transaction,
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
  transaction: Transaction,
): Promise<LockedOrder> {
  const row = await orders.findByPk(orderId, { transaction, lock: transaction.LOCK.UPDATE });
  if (!row) throw new AppError('not_found', `There is no order ${orderId}`);
  return { row, items: await items.findAll({ where: { orderId }, order: [['lineNo', 'ASC']], transaction }) };
}

/** Writes what an action changes about an order, as its next version. */
export async function saveOrder(
  { clock }: OrderWork,
  { row, items }: LockedOrder,
  action: OrderAction,
  change: Partial<OrderRow>,
  transaction: Transaction,
): Promise<Order> {
  const status = statusAfter(action, row.status) ?? row.status;
  const next = { ...change, status, version: row.version + 1, updatedAt: clock() };
  return toOrder(await row.update(next, { transaction }), items);
}
