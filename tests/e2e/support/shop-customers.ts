import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Order, Tracking, CustomerSummary } from '#contracts/shop/orders.js';
import type { Notification } from '#contracts/shop/notifications.js';
import type { Payment } from '#contracts/shop/payments.js';

/** What a customer did with an order in the end, and what was counted of it. */
export interface EndedOrder {
  orderId: string;
  status: 'DELIVERED' | 'CANCELLED';
  paymentId: string;
  total: number;
  items: Order['items'];
  /** Where its customer was told of it. */
  email: string;
}

/** Customers that order, look, change their minds, and are delivered to, until they are told to stop. */
export interface ShopCustomers {
  /** Orders that have ended so far. */
  ended(): number;
  /** What was answered otherwise than it must be, by any customer. */
  complaints(): string[];
  /** Resolves when each has ended the order that it is about. */
  stop(): Promise<EndedOrder[]>;
}

/** How long a customer rests between two orders, in milliseconds: the machine is to move data, not to serve a rush. */
const rest = 500;

interface Answer<Body> {
  status: number;
  body: Body;
}

/**
 * Each customer reads at once whatever was changed, in every capability: what is read must be what was written.
 * @param productIds with stock enough for all that they order
 */
export function sendCustomers(
  gateway: string,
  productIds: readonly string[],
  customers: number,
): ShopCustomers {
  const complaints: string[] = [];
  const ended: EndedOrder[] = [];
  let running = true;

  async function come(customer: number): Promise<void> {
    for (let turn = 0; running; turn++) {
      const customerId = `${customer}-${turn}-${randomUUID().slice(0, 8)}`;
      try {
        ended.push(await order(gateway, customerId, pick(productIds, customer + turn), turn));
      } catch (error) {
        complaints.push(`${customerId}: ${(error as Error).message}`);
      }
      await sleep(rest);
    }
  }

  const all = Promise.all(Array.from({ length: customers }, (_, customer) => come(customer)));
  return {
    ended: () => ended.length,
    complaints: () => complaints,
    stop: async () => {
      running = false;
      await all;
      return ended;
    },
  };
}

/** Two different ones. */
function pick(productIds: readonly string[], turn: number): string[] {
  return [turn, turn + 1].map((at) => productIds[at % productIds.length] ?? '');
}

async function order(
  gateway: string,
  customerId: string,
  products: string[],
  turn: number,
): Promise<EndedOrder> {
  const shop = clientOf(gateway);
  const contact = { email: `${customerId}@customers.example` };
  const placed = await shop.write<Order>('POST', '/orders', 201, {
    customerId,
    items: products.map((productId) => ({ productId, quantity: 1 })),
    payment: { type: 'card', token: 'tok_visa' },
    contact,
  });
  const { orderId, total, items } = placed;
  const paymentId = placed.paymentId ?? '';
  await shop.showsOrder(placed);
  await shop.showsSummary(customerId, { orders: 1, confirmed: 1, cancelled: 0 });
  await shop.showsPayment(paymentId, orderId, 'CAPTURED');
  const address = { line1: `${turn} Long Lane`, city: 'York', country: 'United Kingdom' };
  const changed = await shop.write<Order>('PATCH', `/orders/${orderId}`, 200, { shippingAddress: address });
  await shop.showsOrder(changed);
  const last = turn % 2 === 0 ? await cancel() : await deliver();
  await shop.showsOrder(last);
  await shop.showsOnce(orderId, 'order-confirmed');
  const ending = { orderId, paymentId, total: total.amount, items, email: contact.email };

  async function cancel(): Promise<Order> {
    const cancelled = await shop.write<Order>('POST', `/orders/${orderId}/cancel`, 200, undefined);
    await shop.showsPayment(paymentId, orderId, 'REFUNDED');
    await shop.showsSummary(customerId, { orders: 1, confirmed: 0, cancelled: 1 });
    await shop.refuses('POST', `/orders/${orderId}/ship`, 409, { carrier: 'Post', trackingNumber: 'none' });
    await shop.showsOnce(orderId, 'order-cancelled');
    return cancelled;
  }

  async function deliver(): Promise<Order> {
    const shipment = { carrier: 'Post', trackingNumber: `T${turn}` };
    await shop.showsOrder(await shop.write<Order>('POST', `/orders/${orderId}/ship`, 200, shipment));
    await shop.refuses('POST', `/orders/${orderId}/cancel`, 409, undefined);
    const delivered = await shop.write<Order>('POST', `/orders/${orderId}/deliver`, 200, undefined);
    await shop.showsOnce(orderId, 'order-delivered');
    return delivered;
  }

  if (last.status !== 'CANCELLED' && last.status !== 'DELIVERED')
    throw new Error(`${orderId} is ${last.status}`);
  return { ...ending, status: last.status };
}

function clientOf(gateway: string) {
  async function send<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const answer = await fetch(new URL(path, gateway), {
      method,
      ...(method === 'GET' ? {} : { headers }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const served = { by: answer.headers.get('x-served-by') };
    const parsed = JSON.parse(text) as Body;
    return { status: answer.status, body: answer.ok ? parsed : { ...parsed, ...served } };
  }

  async function expecting<Body>(
    method: string,
    path: string,
    status: number,
    body?: unknown,
  ): Promise<Body> {
    const answer = await send<Body>(method, path, body);
    if (answer.status !== status)
      throw new Error(`${method} ${path} was answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const read = <Body>(path: string) => expecting<Body>('GET', path, 200);

  async function showsOrder(written: Order): Promise<void> {
    const { orderId, customerId, status } = written;
    same(`GET /orders/${orderId}`, await read<Order>(`/orders/${orderId}`), written);
    const { items } = await read<{ items: Order[] }>(`/orders?customerId=${customerId}`);
    same(`GET /orders?customerId=${customerId}`, items, [written]);
    const tracking = await read<Tracking>(`/orders/${orderId}/tracking`);
    same(`the status that tracking of ${orderId} tells`, tracking.status, status);
    const type = `order.${status.toLowerCase()}`;
    if (!tracking.timeline.some((entry) => entry.type === type))
      throw new Error(`tracking of ${orderId} lacks ${type}: ${JSON.stringify(tracking.timeline)}`);
  }

  async function showsSummary(customerId: string, counts: Partial<CustomerSummary>): Promise<void> {
    const { orders, confirmed, cancelled } = await read<CustomerSummary>(`/customers/${customerId}/summary`);
    same(`the summary of ${customerId}`, { orders, confirmed, cancelled }, counts);
  }

  async function showsPayment(paymentId: string, orderId: string, status: Payment['status']): Promise<void> {
    same(`payment ${paymentId}`, (await read<Payment>(`/payments/${paymentId}`)).status, status);
    const { items } = await read<{ items: Payment[] }>(`/payments?orderId=${orderId}`);
    same(
      `payments of ${orderId}`,
      items.map((one) => [one.paymentId, one.status]),
      [[paymentId, status]],
    );
  }

  /** Customers are told behind the answer. */
  async function showsOnce(orderId: string, template: Notification['template']): Promise<void> {
    for (let look = 0; look < 400; look++) {
      const { items } = await read<{ items: Notification[] }>(`/notifications?orderId=${orderId}`);
      const told = items.filter((one) => one.template === template);
      if (told.length > 1) throw new Error(`${orderId} was told ${template} ${told.length} times`);
      const [one] = told;
      if (one) return void (await read<Notification>(`/notifications/${one.notificationId}`));
      await sleep(25);
    }
    throw new Error(`${orderId} was never told ${template}`);
  }

  return {
    write: expecting,
    refuses: expecting,
    ...{ showsOrder, showsSummary, showsPayment, showsOnce },
  };
}

function same(what: string, found: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what} is ${one}, and should be ${other}`);
}
