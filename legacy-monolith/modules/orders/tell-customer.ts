import type { Order } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import type { Notice } from '../notifications/index.js';
import type { OrderWork } from './order-work.js';

/** Tells the customer what happened to an order: by mail if there is an address, else by text message, else not at all. */
export async function tellCustomer(
  { notifications }: OrderWork,
  order: Order,
  template: Notice['template'],
  transaction: Guarded<'orders'>,
): Promise<void> {
  const { orderId, contact, total, shipment } = order;
  const about = { template, data: { orderId, ...total, ...shipment }, orderId };
  if (contact.email !== undefined) {
    await notifications.tell({ ...about, channel: 'email', to: contact.email }, transaction);
  } else if (contact.phone !== undefined) {
    await notifications.tell({ ...about, channel: 'sms', to: contact.phone }, transaction);
  }
}
