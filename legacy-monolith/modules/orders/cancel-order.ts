import type { Order } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import { lockOrder, type OrderWork, saveOrder, stockOf } from './order-work.js';
import { recordStock } from './record-stock.js';
import { tellCustomer } from './tell-customer.js';

/**
 * Cancels an order that has not left the house: the money goes back, the stock too, the customer is told.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`; `unavailable`, `timeout` of the refund
 */
export async function cancelOrder(
  work: OrderWork,
  orderId: string,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<Order> {
  const order = await lockOrder(work, orderId, 'cancel', expected, transaction);
  const { paymentId } = order.row;
  if (paymentId !== null) await work.payments.giveBack({ paymentId, orderId }, transaction);
  await work.inventory.release(stockOf(order), transaction);
  recordStock(work, order, 'stock.released', transaction);
  const cancelled = await saveOrder(work, order, 'cancel', {}, transaction);
  work.recordEvent({ orderId, type: 'order.cancelled', detail: 'at the request of a client' }, transaction);
  await tellCustomer(work, cancelled, 'order-cancelled', transaction);
  return cancelled;
}

/**
 * Completes a cancellation that was interrupted after the refund was asked for, on this side or on the other.
 * @throws AppError `not_owner` when that is up to the other side by now
 */
export function finishCancellation(work: OrderWork, orderId: string): Promise<void> {
  return work.inOrder(orderId, async (transaction) => {
    const order = await work.orders.findByPk(orderId, { transaction, lock: transaction.LOCK.UPDATE });
    if (order?.status === 'CANCELLED') return work.payments.endCancellation(orderId, transaction);
    await cancelOrder(work, orderId, undefined, transaction);
  });
}
