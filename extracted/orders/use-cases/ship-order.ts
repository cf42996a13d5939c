import { v7 as uuidv7 } from 'uuid';
import type { OrderStock } from '#contracts/shop/inventory-requests.js';
import type { Order } from '#contracts/shop/orders.js';
import { lastAttempt } from '#contracts/shop/reservation.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import type { Saga } from '#platform/saga/saga.js';
import { type Shipment, toOrder } from '../domain/order.js';
import { entryNow, lockOrder, type OrderWork, saveOrder } from './order-work.js';
import { tellCustomer } from './tell-customer.js';

/**
 * What is to be done about an order that has been shipped. That it is shipped is written down before, with its beginning:
 * whoever owns the order meanwhile sees it, and cancels it no more. So nothing takes this back: it is tried until it succeeds.
 */
export function shipOrderSaga({
  participants,
}: Pick<OrderWork, 'participants'>): Saga<OrderStock, Guarded<'orders'>> {
  return {
    name: 'ship order',
    isRefusal: () => false,
    steps: [
      {
        name: 'take units out of the house',
        kind: 'remote',
        run: ({ data }) => participants.stock.ship(data),
        patienceMs: Infinity,
      },
    ],
    forget: ['items'],
  };
}

/**
 * Hands an order to a carrier.
 * @returns the order, and the id of the saga that follows its units
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`
 */
export async function shipOrder(
  work: OrderWork,
  orderId: string,
  shipment: Shipment,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<{ order: Order; sagaId: string }> {
  const order = await lockOrder(work, orderId, 'ship', expected, transaction);
  if (await work.orders.cancellations.isNoted(orderId, transaction)) {
    throw new AppError(
      'invalid_state',
      `Order ${orderId} is being cancelled: its payment is on its way back`,
    );
  }
  const shipped = await saveOrder(work, order, 'ship', { shipment }, transaction);
  const entry = entryNow(work, 'order.shipped', `${shipment.carrier} ${shipment.trackingNumber}`);
  await work.orders.addToTimeline(orderId, [entry], transaction);
  await tellCustomer(work, shipped, 'order-shipped', transaction);
  const sagaId = uuidv7();
  const items = order.lines.map(({ productId, quantity }) => ({ productId, quantity }));
  const data = { orderId, items, attempt: lastAttempt };
  await work.sagas.begin(shipOrderSaga(work), { sagaId, subject: `${orderId}/ship`, data }, transaction);
  return { order: toOrder(shipped), sagaId };
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
  const entry = entryNow(work, 'order.delivered', `by ${order.shipment?.carrier}`);
  await work.orders.addToTimeline(orderId, [entry], transaction);
  await tellCustomer(work, delivered, 'order-delivered', transaction);
  return toOrder(delivered);
}
