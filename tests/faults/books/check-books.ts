import type { OrderStatus } from '#contracts/shop/orders.js';
import type { BookedOrder, Books, Discrepancy } from './books.js';

const paid: readonly OrderStatus[] = ['CONFIRMED', 'SHIPPED', 'DELIVERED'];

/** What a customer has been told by the time that an order is so far, each once. */
const mailsOf: Record<OrderStatus, readonly string[]> = {
  PENDING: [],
  REJECTED: [],
  CONFIRMED: ['order-confirmed'],
  CANCELLED: ['order-confirmed', 'order-cancelled'],
  SHIPPED: ['order-confirmed', 'order-shipped'],
  DELIVERED: ['order-confirmed', 'order-shipped', 'order-delivered'],
};

/** Says of a shop that has come to rest what does not add up; nothing, if all is well. */
export function checkBooks(books: Books): Discrepancy[] {
  return [...checkOpen(books), ...checkMoney(books), ...checkStock(books), ...checkMails(books)];
}

function checkOpen({ orders, open, charges }: Books): Discrepancy[] {
  return [
    ...orders
      .filter(({ status }) => status === 'PENDING')
      .map(({ orderId }) => ({ about: orderId, what: 'is still PENDING' })),
    ...charges
      .filter(({ status }) => status === 'PROCESSING')
      .map(({ reference, key }) => ({ about: reference, what: `charge ${key} is still PROCESSING` })),
    ...open.map((what) => ({ about: 'open work', what })),
  ];
}

/** For each order, what the provider has kept and what the shop says it has kept are what the order costs, or nothing. */
function checkMoney({ orders, charges, payments }: Books): Discrepancy[] {
  const owed = new Map(orders.map((order) => [order.orderId, due(order)]));
  const kept = sumBy(charges, ({ reference }) => reference, keptOf);
  const booked = sumBy(
    payments,
    ({ orderId }) => orderId,
    ({ captured, refunded }) => captured - refunded,
  );
  const all = new Set([...owed.keys(), ...kept.keys(), ...booked.keys()]);
  const captured = new Set(payments.map(({ paymentId }) => paymentId));
  return [
    ...[...all].flatMap((orderId) => {
      const [due, ledger, shop] = [owed, kept, booked].map((sums) => sums.get(orderId) ?? 0);
      if (due === ledger && due === shop) return [];
      const what = `costs ${due}, the provider has kept ${ledger}, the shop's payments say ${shop}`;
      return [{ about: orderId, what }];
    }),
    ...orders.flatMap(({ orderId, status, paymentId }) =>
      isPaid({ status }) && (paymentId === null || !captured.has(paymentId))
        ? [{ about: orderId, what: `is ${status}, but there is no payment ${paymentId}` }]
        : [],
    ),
  ];
}

/** What an order has to have been paid by now. */
export function due({ status, total }: Pick<BookedOrder, 'status' | 'total'>): number {
  return isPaid({ status }) ? total : 0;
}

export function isPaid({ status }: Pick<BookedOrder, 'status'>): boolean {
  return paid.includes(status);
}

/** What of a charge the provider has not given back. */
export function keptOf({ status, amount }: Books['charges'][number]): number {
  return status === 'CAPTURED' ? amount : 0;
}

/** What has left the shelf is with orders that stand, and what is reserved with those that have not been sent. */
function checkStock({ orders, stock, stockBefore }: Books): Discrepancy[] {
  const units = (statuses: readonly OrderStatus[]) =>
    sumBy(
      orders.filter(({ status }) => statuses.includes(status)).flatMap(({ items }) => items),
      ({ productId }) => productId,
      ({ quantity }) => quantity,
    );
  const [taken, held] = [units([...paid, 'PENDING']), units(['CONFIRMED', 'PENDING'])];
  return [...stockBefore].flatMap(([productId, before]) => {
    const available = before.available - (taken.get(productId) ?? 0);
    const reserved = before.reserved + (held.get(productId) ?? 0);
    const now = stock.get(productId);
    if (now?.available === available && now.reserved === reserved) return [];
    const is = now ? `${now.available} available and ${now.reserved} reserved` : 'no stock';
    return [
      { about: productId, what: `has ${is}; its orders leave ${available} available, ${reserved} reserved` },
    ];
  });
}

/** Each order's customer has been told what has happened, once; nobody else has. */
function checkMails({ orders, mails }: Books): Discrepancy[] {
  const known = new Map(orders.map((order) => [order.orderId, order]));
  const stray = mails.filter(({ orderId }) => !known.has(orderId));
  return [
    ...stray.map(({ orderId, template }) => ({ about: orderId, what: `is no order, but has ${template}` })),
    ...orders.flatMap((order) => mailsAmiss(order, mails)),
  ];
}

function mailsAmiss({ orderId, status, email }: BookedOrder, mails: Books['mails']): Discrepancy[] {
  const wanted = email === null ? [] : mailsOf[status];
  const arrived = mails.filter((mail) => mail.orderId === orderId);
  const templates = new Set([...wanted, ...arrived.map(({ template }) => template)]);
  return [...templates].flatMap((template) => {
    const ids = new Set(arrived.filter((mail) => mail.template === template).map((mail) => mail.messageId));
    const should = wanted.includes(template) ? 1 : 0;
    return ids.size === should
      ? []
      : [{ about: orderId, what: `is ${status}: ${ids.size} mails ${template} instead of ${should}` }];
  });
}

/** Adds numbers up by what they belong to. */
export function sumBy<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
  amountOf: (item: Item) => number,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const item of items) sums.set(keyOf(item), (sums.get(keyOf(item)) ?? 0) + amountOf(item));
  return sums;
}
