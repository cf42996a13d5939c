import type { z } from 'zod';
import type { Order, ordersEndpoints } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import { toOrder } from '../domain/order.js';
import { entryNow, lockOrder, type OrderWork, saveOrder } from './order-work.js';

/**
 * Changes where an order goes or who is told; what is given takes the place of what was there.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state` once it is shipped, cancelled or rejected
 */
export async function changeContact(
  work: OrderWork,
  orderId: string,
  { contact, shippingAddress }: z.output<typeof ordersEndpoints.change.body>,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<Order> {
  const order = await lockOrder(work, orderId, 'change', expected, transaction);
  const change = { ...(contact ? { contact } : {}), ...(shippingAddress ? { shippingAddress } : {}) };
  const what = [...(contact ? ['contact'] : []), ...(shippingAddress ? ['shipping address'] : [])];
  const entry = entryNow(work, 'order.changed', what.join(' and '));
  await work.orders.addToTimeline(orderId, [entry], transaction);
  return toOrder(await saveOrder(work, order, 'change', change, transaction));
}
