import type { Order } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import { lockOrder, type OrderWork, saveOrder, stockOf } from './order-work.js';
import { tellCustomer } from './tell-customer.js';

export interface Shipment {
  carrier: string;
  trackingNumber: string;
}

/**
 * Hands a confirmed order to a carrier: its reserved units leave the house.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`, also while a cancellation is under way
 */
export async function shipOrder(
  work: OrderWork,
  orderId: string,
  shipment: Shipment,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<Order> {
  const order = await lockOrder(work, orderId, 'ship', expected, transaction);
  const { paymentId } = order.row;
  if (paymentId !== null && (await work.payments.hasCancellation(paymentId, transaction))) {
    throw new AppError(
      'invalid_state',
      `Order ${orderId} is being cancelled: its payment is on its way back`,
    );
  }
  await work.inventory.ship(stockOf(order), transaction);
  const shipped = await saveOrder(work, order, 'ship', shipment, transaction);
  const detail = `${shipment.carrier} ${shipment.trackingNumber}`;
  work.recordEvent({ orderId, type: 'order.shipped', detail }, transaction);
  await tellCustomer(work, shipped, 'order-shipped', transaction);
  return shipped;
}

/**
 * Notes that a shipped order has arrived.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`
 */
export async function deliverOrder(
  work: OrderWork,
  orderId: string,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<Order> {
  const order = await lockOrder(work, orderId, 'deliver', expected, transaction);
  const delivered = await saveOrder(work, order, 'deliver', {}, transaction);
  work.recordEvent({ orderId, type: 'order.delivered', detail: `by ${order.row.carrier}` }, transaction);
  await tellCustomer(work, delivered, 'order-delivered', transaction);
  return delivered;
}
