import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ordersEndpoints } from '#contracts/shop/orders.js';
import { toInvoice } from './group-invoices.js';
import { type InvoiceLine, judgeRecord } from './judge-record.js';
import { orderTotal, splitInvoice } from './split-invoice.js';

let line = 1;

function lineOf(productId: string, quantity: number, price: number): InvoiceLine {
  const at = new Date('2010-12-01T08:26:00Z');
  const rest = {
    invoiceNo: '536365',
    kind: 'sale',
    description: '',
    customerId: '17850',
    country: '',
  } as const;
  return { line: (line += 1), raw: '', productId, quantity, price, at, ...rest };
}

function split(...lines: InvoiceLine[]) {
  return splitInvoice(toInvoice(lines)).map(({ orderId, items }) => [
    orderId,
    ...items.map(({ productId, quantity, price }) => `${quantity} ${productId} ${price}`),
  ]);
}

describe('an invoice', () => {
  it('becomes one order of its own number', () => {
    expect(split(lineOf('A', 1, 10), lineOf('B', 2, 20))).toEqual([['536365', '1 A 10', '2 B 20']]);
  });

  it('merges lines of the same product and price', () => {
    expect(split(lineOf('A', 1, 10), lineOf('B', 2, 20), lineOf('A', 3, 10))).toEqual([
      ['536365', '4 A 10', '2 B 20'],
    ]);
  });

  it('does not merge products whose codes differ by case', () => {
    expect(split(lineOf('85123A', 1, 10), lineOf('85123a', 1, 10))).toEqual([
      ['536365', '1 85123A 10', '1 85123a 10'],
    ]);
  });

  it('is split where a product stands at several prices', () => {
    expect(split(lineOf('A', 1, 10), lineOf('A', 2, 9), lineOf('B', 1, 5), lineOf('A', 3, 8))).toEqual([
      ['536365', '1 A 10', '1 B 5'],
      ['536365.2', '2 A 9'],
      ['536365.3', '3 A 8'],
    ]);
  });

  it('is split after 100 items', () => {
    const lines = Array.from({ length: 250 }, (_, index) => lineOf(`P${index}`, 1, 10));
    const orders = splitInvoice(toInvoice(lines));
    expect(orders.map(({ orderId, items }) => [orderId, items.length])).toEqual([
      ['536365', 100],
      ['536365.2', 100],
      ['536365.3', 50],
    ]);
  });

  it('does not merge more units than an order may hold', () => {
    expect(split(lineOf('A', 600_000, 1), lineOf('A', 600_000, 1))).toEqual([
      ['536365', '600000 A 1'],
      ['536365.2', '600000 A 1'],
    ]);
  });

  it('belongs to a guest when the file names no customer', () => {
    const invoice = toInvoice([{ ...lineOf('A', 1, 1), customerId: undefined }]);
    expect(invoice).toMatchObject({ customerId: 'guest-536365', guest: true });
  });

  it('was entered when its first line was', () => {
    const later = new Date('2010-12-01T08:27:00Z');
    const invoice = toInvoice([{ ...lineOf('A', 1, 1), at: later }, lineOf('B', 1, 1)]);
    expect(invoice.at.toISOString()).toBe('2010-12-01T08:26:00.000Z');
  });

  it('gives orders that the contract takes, with every line in exactly one of them', () => {
    const product = fc.integer({ min: 0, max: 150 }).map((number) => `P${number}`);
    const someLine = fc.tuple(
      product,
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(someLine, { minLength: 1, maxLength: 400 }), (entries) => {
        const lines = entries.map((entry) => lineOf(...entry));
        const orders = splitInvoice(toInvoice(lines));
        const items = ordersEndpoints.create.body.shape.items;
        for (const order of orders) {
          items.parse(order.items.map(({ productId, quantity }) => ({ productId, quantity })));
        }
        const used = orders.flatMap((order) =>
          order.items.flatMap((item) => item.lines.map((one) => one.line)),
        );
        expect(used.sort((a, b) => a - b)).toEqual(lines.map((one) => one.line));
      }),
      { numRuns: 50 },
    );
  });
});

/** A line of a file as a person might write it, with the amount that stands on it. */
const fileLine = fc
  .record({
    invoice: fc.constantFrom('1', '2', '3', 'C4', 'C5'),
    code: fc.constantFrom('10001', '10001a', '10002', 'POST', 'M', 'gift_0001_10'),
    quantity: fc.integer({ min: -20, max: 20 }),
    pence: fc.integer({ min: 0, max: 5_000 }),
    date: fc.constantFrom('01/12/2010 08:26', '31/11/2010 08:26'),
  })
  .map(({ invoice, code, quantity, pence, date }) => ({
    invoice,
    amount: Math.abs(quantity) * pence,
    fields: [
      invoice,
      code,
      'x',
      `${quantity}`,
      date,
      `${Math.floor(pence / 100)}.${`${pence % 100}`.padStart(2, '0')}`,
      '',
      '',
    ],
  }));

describe('the amounts of a file', () => {
  it('are those of its orders and its rejected lines together', () => {
    fc.assert(
      fc.property(fc.array(fileLine, { maxLength: 200 }), (entries) => {
        const judged = entries.map(({ fields }, index) => judgeRecord({ line: index, raw: '', fields }));
        const accepted = judged.flatMap((one) => ('accepted' in one ? [one.accepted] : []));
        const rejected = judged.flatMap((one) => ('rejected' in one ? [one.rejected.line] : []));
        const invoices = [...new Set(accepted.map(({ invoiceNo }) => invoiceNo))].map((number) =>
          toInvoice(accepted.filter(({ invoiceNo }) => invoiceNo === number)),
        );
        const ordered = invoices.flatMap(splitInvoice).reduce((sum, order) => sum + orderTotal(order), 0);
        const refused = rejected.reduce((sum, index) => sum + (entries[index]?.amount ?? 0), 0);
        expect(ordered + refused).toBe(entries.reduce((sum, { amount }) => sum + amount, 0));
      }),
    );
  });
});
