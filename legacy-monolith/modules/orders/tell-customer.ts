import type { Transaction } from 'sequelize';
import type { Notification } from '#contracts/shop/notifications.js';
import type { Order } from '#contracts/shop/orders.js';
import type { OrderWork } from './order-work.js';

/** Tells the customer what happened to an order: by mail if there is an address, else by text message, else not at all. */
export async function tellCustomer(
  { notifications }: OrderWork,
  order: Order,
  template: Notification['template'],
  transaction: Transaction,
): Promise<void> {
  const { orderId, contact, total, shipment } = order;
  const data = { orderId, ...total, ...shipment };
  const message = { template, data, orderId };
  if (contact.email !== undefined) {
    await notifications.queue({ ...message, channel: 'email', to: contact.email }, transaction);
  } else if (contact.phone !== undefined) {
    await notifications.queue({ ...message, channel: 'sms', to: contact.phone }, transaction);
  }
}
