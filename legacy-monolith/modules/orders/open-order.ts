import { type CreationAttributes, UniqueConstraintError } from 'sequelize';
import type { z } from 'zod';
import { newEvent } from '#contracts/shop/events/define-event.js';
import { orderEvents } from '#contracts/shop/events/order-events.js';
import type { ordersEndpoints } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import { statusAfter, wasDecided } from './order-status.js';
import { type OrderRow, toOrder } from './order-tables.js';
import type { LockedOrder, OrderWork } from './order-work.js';
import type { PricedOrder } from './price-order.js';

export type OrderRequest = z.output<typeof ordersEndpoints.create.body> & { orderId: string };

/**
 * Writes a new order down as `PENDING`, version 1, and says so. Nobody sees it before its transaction ends.
 * @throws AppError `idempotency_key_reused` for an id that comes from a key that was used long ago
 */
export async function openOrder(
  work: OrderWork,
  request: OrderRequest,
  { lines, currency, total }: PricedOrder,
  transaction: Guarded<'orders'>,
): Promise<LockedOrder> {
  const now = work.clock();
  const { orderId, customerId, contact, shippingAddress } = request;
  await rememberCustomer(work, customerId, now, transaction);
  const order = {
    ...{ orderId, customerId, status: 'PENDING' as const, currency, totalAmount: total },
    ...{ email: contact.email ?? null, phone: contact.phone ?? null },
    shippingAddress: shippingAddress ? JSON.stringify(shippingAddress) : null,
    ...{ paymentId: null, reason: null, carrier: null, trackingNumber: null },
    ...{ version: 1, createdAt: now, updatedAt: now },
  };
  const row = await work.orders.create(order, { transaction }).catch((error: unknown) => {
    if (error instanceof UniqueConstraintError) return openAgain(work, order, error, transaction);
    throw error;
  });
  const items = lines.map(({ productId, quantity, unitPrice }, index) => ({
    ...{ orderId, lineNo: index + 1, productId, quantity, unitPriceAmount: unitPrice },
  }));
  const detail = `${lines.length} ${lines.length === 1 ? 'product' : 'products'}`;
  work.recordEvent({ orderId, type: 'order.placed', detail }, transaction);
  const opened = { row, items: await work.items.bulkCreate(items, { transaction }) };
  const placed = newEvent(orderEvents.placed, orderId, { order: toOrder(opened.row, opened.items) });
  await work.say([placed], transaction);
  return opened;
}

async function rememberCustomer(
  { customers }: OrderWork,
  customerId: string,
  createdAt: Date,
  transaction: Guarded<'orders'>,
): Promise<void> {
  if (await customers.findByPk(customerId, { transaction })) return;
  await customers.bulkCreate([{ customerId, country: null, createdAt }], {
    ignoreDuplicates: true,
    transaction,
  });
}

/**
 * An order's id follows from its client's key: it is taken, unless the service has rejected the order for a reason of
 * the moment. Then the same order is placed again as its next version, as the service does.
 */
async function openAgain(
  work: OrderWork,
  order: CreationAttributes<OrderRow>,
  cause: Error,
  transaction: Guarded<'orders'>,
): Promise<OrderRow> {
  const { orderId, createdAt: _now, ...wanted } = order;
  const known = await work.orders.findByPk(orderId, { transaction, lock: transaction.LOCK.UPDATE });
  const status = known && statusAfter('place again', known.status);
  if (!status || known.reason === null || wasDecided(known.reason)) {
    throw new AppError(
      'idempotency_key_reused',
      `This Idempotency-Key was used for order ${orderId}: use a new key for a new order`,
      { cause },
    );
  }
  await work.items.destroy({ where: { orderId }, transaction });
  return known.update({ ...wanted, status, version: known.version + 1 }, { transaction });
}
