import { createHash } from 'node:crypto';
import { deriveId } from '#platform/ownership/derive-id.js';
import type { Answer, Command, Own } from '../support/command.js';

/** What a command has besides its own: a key, a version, headers. */
export interface More {
  key?: string;
  ifMatch?: string;
  headers?: Record<string, string>;
  keep?: Record<string, string>;
  until?: (answer: Answer) => boolean;
}

function withMore(command: Command, { key, ifMatch, headers = {}, ...more }: More = {}): Command {
  return {
    ...{ ...command, ...more },
    headers: {
      ...headers,
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    },
  };
}

export const get = (path: string, more?: More): Command => withMore({ method: 'GET', path }, more);
export const post = (path: string, body: unknown, more?: More): Command =>
  withMore({ method: 'POST', path, body }, more);
export const put = (path: string, body: unknown, more?: More): Command =>
  withMore({ method: 'PUT', path, body }, more);
export const patch = (path: string, body: unknown, more?: More): Command =>
  withMore({ method: 'PATCH', path, body }, more);

/** A product with its price, and what there is of it. */
export function product(id: string, available: number, amount = 250, currency = 'GBP'): Command[] {
  return [
    put(`/products/${id}`, { name: `Product ${id}`, price: { amount, currency } }),
    put(`/inventory/${id}`, { available }),
  ];
}

/** The id of the order that is placed under a key. */
export const orderOf = (key: string): string => deriveId('orders', key);

/** The id of the payment that is made under a key. */
export const paymentOf = (key: string): string => deriveId('payments', key);

export interface OrderDetails extends More {
  customer?: string;
  token?: string;
  contact?: object;
  /** Replaces fields of the body, or adds some that don't belong there. */
  with?: object;
}

/** Places an order under a key: how many of which products. */
export function place(
  own: Own,
  key: string,
  items: Record<string, number>,
  details: OrderDetails = {},
): Command {
  const { customer = 'ada', token = 'tok_visa', contact, with: others, ...more } = details;
  const body = {
    customerId: own(customer),
    items: Object.entries(items).map(([productId, quantity]) => ({ productId, quantity })),
    payment: { type: 'card', token },
    contact: contact ?? { email: email(own, customer) },
    ...others,
  };
  return post('/orders', body, { key, ...more });
}

/** Does something with the order that was placed under a key. */
export function act(key: string, action: 'cancel' | 'ship' | 'deliver', more?: More): Command {
  return post(`/orders/${orderOf(key)}/${action}`, action === 'ship' ? shipment : {}, more);
}

export const address = {
  line1: '1 High Street',
  city: 'York',
  country: 'United Kingdom',
  name: 'Ada',
  postcode: 'YO1',
};

export const shipment = { carrier: 'Royal Mail', trackingNumber: 'RM-1' };

export function pay(
  orderId: string,
  key: string,
  amount: number,
  token = 'tok_visa',
  currency = 'GBP',
): Command {
  return post(
    '/payments',
    { orderId, amount: { amount, currency }, method: { type: 'card', token } },
    { key },
  );
}

export const email = (own: Own, name: string): string => `${own(name)}@example.com`;

/** A telephone number that nobody else has. */
export function phone(own: Own, name: string): string {
  const digest = createHash('sha256').update(own(name)).digest();
  return `+4416${String(digest.readUIntBE(0, 5) % 10 ** 9).padStart(9, '0')}`;
}

/** Nothing in a list is still to be sent. */
export function noneQueued({ body }: Answer): boolean {
  const { items = [] } = body as { items?: { status: string }[] };
  return items.every(({ status }) => status !== 'QUEUED');
}

/** The notifications of an order, once that many are sent. */
export function sentAbout(key: string, count: number): Command {
  return get(`/notifications?orderId=${orderOf(key)}`, {
    until: (answer) => ((answer.body as { items?: [] }).items ?? []).length >= count && noneQueued(answer),
  });
}

/** An order's timeline, once it tells that many times of this. */
export function trackedUntil(key: string, type: string, count = 1): Command {
  return get(`/orders/${orderOf(key)}/tracking`, {
    until: ({ body }) => {
      const { timeline = [] } = body as { timeline?: { type: string }[] };
      return timeline.filter((entry) => entry.type === type).length >= count;
    },
  });
}
