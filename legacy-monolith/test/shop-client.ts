import { randomUUID } from 'node:crypto';
import type { Sequelize } from 'sequelize';
import request from 'supertest';
import type { Notification } from '#contracts/shop/notifications.js';
import type { Order } from '#contracts/shop/orders.js';
import { testServers } from '../../tests/support/servers.js';

/** What `supertest` can send requests to: an application, or the address of one. */
type Target = Parameters<typeof request>[0];

export interface OrderOptions {
  items: Record<string, number>;
  token?: string;
  key?: string;
  contact?: { email?: string; phone?: string };
  customerId?: string;
}

/** The shop as a client uses it, with the few requests that most tests are made of. */
export function shopClient(target: Target) {
  const get = async (path: string) => (await request(target).get(path).expect(200)).body;
  return {
    givenProduct: async (productId: string, available: number, amount = 250, currency = 'GBP') => {
      const product = { name: `Product ${productId}`, price: { amount, currency } };
      await request(target).put(`/products/${productId}`).send(product);
      await request(target).put(`/inventory/${productId}`).send({ available }).expect(200);
    },
    place: ({ items, token = 'tok_visa', key, contact = {}, customerId = 'customer-1' }: OrderOptions) => {
      const sent = request(target).post('/orders');
      if (key !== undefined) sent.set('idempotency-key', key);
      return sent.send({
        customerId,
        items: Object.entries(items).map(([productId, quantity]) => ({ productId, quantity })),
        payment: { type: 'card', token },
        contact,
      });
    },
    act: (orderId: string, action: 'cancel' | 'ship' | 'deliver', body: object = {}) =>
      request(target).post(`/orders/${orderId}/${action}`).send(body),
    order: (orderId: string): Promise<Order> => get(`/orders/${orderId}`),
    stock: async (productId: string): Promise<[available: number, reserved: number, version: number]> => {
      const { available, reserved, version } = await get(`/inventory/${productId}`);
      return [available, reserved, version];
    },
    notifications: async (orderId: string): Promise<Notification[]> =>
      (await get(`/notifications?orderId=${orderId}`)).items,
    timeline: async (orderId: string): Promise<string[]> =>
      (await get(`/orders/${orderId}/tracking`)).timeline.map(({ type }: { type: string }) => type),
  };
}

/** A recipient that no other test writes to. */
export function newEmail(): string {
  return `${randomUUID()}@example.com`;
}

interface Mail {
  subject: string;
  text: string;
  headers: Record<string, string>;
  to: { address: string }[];
}

/** The mails that have arrived for a recipient. */
export async function mailsTo(address: string, mailUrl = testServers().mailUrl): Promise<Mail[]> {
  const mails = (await (await fetch(`${mailUrl}/api/email`)).json()) as Mail[];
  return mails.filter(({ to }) => to.some((one) => one.address === address));
}

/** Lets a monolith's calls to the card provider that are still open count as abandoned, as long after a crash. */
export async function abandonCalls(database: Sequelize): Promise<void> {
  for (const table of ['payment_attempts', 'order_cancellations'])
    await database.query(`UPDATE ${table} SET touched_at = touched_at - INTERVAL 1 HOUR`);
}

/** How many rows a table holds: for what no endpoint tells. */
export async function countRows(database: Sequelize, table: string): Promise<number> {
  const [rows] = await database.query(`SELECT COUNT(*) AS count FROM ${table}`);
  return Number((rows[0] as { count: number }).count);
}
