import type { OrderStatus } from '#contracts/shop/orders.js';
import type { Charge } from '#contracts/shop/provider.js';
import type { Books } from './books.js';
import { due, keptOf, sumBy } from './check-books.js';
import type { Audit } from './run-books.js';

const mostShown = 40;

/** An audit as a table, and all that is wrong below it. */
export function auditText(audit: Audit): string {
  const { owner, books, wrong, handOvers, disturbances, replays, shipped, told } = audit;
  const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
  const unexpected = sum(replays.map((replay) => replay.unexpected.count));
  return [
    `All with the ${owner} (${handOvers.join(', ')}), ${disturbances.length} disturbances: ` +
      disturbances.map(({ kind, process }) => `${kind} ${process}`).join(', '),
    ...rowsOf(books).map(([what, left, right]) => `  ${what.padEnd(44)} ${left.padStart(16)} ${right}`),
    `  ${'orders sent to customers meanwhile'.padEnd(44)} ${String(shipped).padStart(16)}`,
    `  ${'cancelled too late, or no answer in 20 s'.padEnd(44)} ${String(unexpected).padStart(16)}`,
    `  ${'orders asked for, and asked again by key'.padEnd(44)} ${String(told.length).padStart(16)} ${told.filter(({ tries }) => tries > 1).length} again`,
    wrong.length === 0 ? '  everything adds up' : `  ${wrong.length} things do not add up:`,
    ...wrong.slice(0, mostShown).map(({ about, what }) => `    ${about}: ${what}`),
  ].join('\n');
}

function rowsOf(books: Books): [string, string, string][] {
  const { orders, charges, payments, stock, stockBefore, mails } = books;
  const counted = [
    ...sumBy(
      orders,
      ({ status }) => status,
      () => 1,
    ),
  ]
    .map(([status, count]) => `${count} ${status}`)
    .join(', ');
  return [
    ['orders', String(orders.length), counted],
    ...moneyRows(orders, charges, payments),
    ...stockRows(orders, stock, stockBefore),
    [
      'mails that arrived',
      String(mails.length),
      `of ${new Set(mails.map(({ messageId }) => messageId)).size} messages`,
    ],
  ];
}

function moneyRows(
  orders: Books['orders'],
  charges: readonly Charge[],
  payments: Books['payments'],
): [string, string, string][] {
  const total = <Item>(
    items: readonly Item[],
    currency: (item: Item) => string,
    of: (item: Item) => number,
  ) =>
    [...sumBy(items, currency, of)]
      .filter(([, amount]) => amount !== 0)
      .map(([name, amount]) => `${amount} ${name}`)
      .join(', ') || '0';
  const byCurrency = ({ currency }: { currency: string }) => currency;
  const refunded = charges.filter(({ status }) => status === 'REFUNDED').length;
  return [
    ['what orders cost', total(orders, byCurrency, due), ''],
    ['what the provider has kept', total(charges, byCurrency, keptOf), `${refunded} charges given back`],
    ['what payments say', total(payments, byCurrency, ({ captured, refunded: back }) => captured - back), ''],
  ];
}

function stockRows(
  orders: Books['orders'],
  stock: Books['stock'],
  before: Books['stockBefore'],
): [string, string, string][] {
  const units = (...statuses: OrderStatus[]) =>
    orders
      .filter(({ status }) => statuses.includes(status))
      .flatMap(({ items }) => items)
      .reduce((total, { quantity }) => total + quantity, 0);
  const all = (levels: Books['stock'], of: 'available' | 'reserved') =>
    [...levels.values()].reduce((total, level) => total + level[of], 0);
  return [
    [
      'units available at first, and now',
      String(all(before, 'available')),
      `${all(stock, 'available')}; ordered ${units('CONFIRMED', 'SHIPPED', 'DELIVERED')}`,
    ],
    ['units reserved now', String(all(stock, 'reserved')), `of orders that are open ${units('CONFIRMED')}`],
  ];
}
