import type { z } from 'zod';
import type { Order, ordersEndpoints } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import { lockOrder, type OrderWork, saveOrder } from './order-work.js';

export type OrderChange = z.output<typeof ordersEndpoints.change.body>;

/**
 * Changes where an order goes or who is told; what is given takes the place of what was there.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state` once it is shipped, cancelled or rejected
 */
export async function changeOrder(
  work: OrderWork,
  orderId: string,
  { contact, shippingAddress }: OrderChange,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<Order> {
  const order = await lockOrder(work, orderId, 'change', expected, transaction);
  const change = {
    ...(contact ? { email: contact.email ?? null, phone: contact.phone ?? null } : {}),
    ...(shippingAddress ? { shippingAddress: JSON.stringify(shippingAddress) } : {}),
  };
  const what = [...(contact ? ['contact'] : []), ...(shippingAddress ? ['shipping address'] : [])];
  work.recordEvent({ orderId, type: 'order.changed', detail: what.join(' and ') }, transaction);
  return saveOrder(work, order, 'change', change, transaction);
}
