import { describe, expect, it } from '@jest/globals';
import { maxAmount } from '#contracts/http/fields.js';
import { orderSchema } from '#contracts/shop/orders.js';
import { toInvoice } from './group-invoices.js';
import { judgeInvoice } from './judge-invoice.js';
import type { InvoiceLine } from './judge-record.js';
import { orderTotal, splitInvoice } from './split-invoice.js';

/** Each line of another product, unless `product` says which. */
function linesOf(...amounts: { quantity: number; price: number; product?: string }[]): InvoiceLine[] {
  return amounts.map(({ quantity, price, product }, index) => ({
    ...{ line: index + 2, raw: `line ${index + 2}`, invoiceNo: '7', kind: 'sale' as const },
    ...{ productId: product ?? `P${index}`, description: '', quantity, price },
    ...{ at: new Date('2010-12-01T08:26:00Z'), customerId: '17850', country: '' },
  }));
}
const judge = (...lines: Parameters<typeof linesOf>) => judgeInvoice(toInvoice(linesOf(...lines)));
const million = 1_000_000;

describe('an invoice as a whole', () => {
  it('is taken up to what the contract says that an order may cost', () => {
    const lines = linesOf(
      { quantity: million, price: maxAmount / million - 1 },
      { quantity: million, price: 1 },
    );
    const [order] = splitInvoice(toInvoice(lines));
    const total = { amount: orderTotal(order!), currency: 'GBP' };
    expect(total.amount).toBe(maxAmount);
    expect(orderSchema.shape.total.safeParse(total).success).toBe(true);
    expect(judgeInvoice(toInvoice(lines))).toEqual([]);
  });

  it('is rejected with all of its lines one penny above', () => {
    const rejected = judge({ quantity: million, price: maxAmount / million }, { quantity: 1, price: 1 });
    expect(rejected).toMatchObject([
      {
        line: 2,
        raw: 'line 2',
        reason: 'amount_too_large',
        detail: expect.stringContaining('order 7 comes to'),
      },
      { line: 3, raw: 'line 3', reason: 'amount_too_large' },
    ]);
  });

  it('is rejected where 30 lines are too much together, each of them little enough', () => {
    expect(judge(...Array.from({ length: 30 }, () => ({ quantity: million, price: 90_000 })))).toHaveLength(
      30,
    );
  });

  it('is rejected where only a further order of it costs too much', () => {
    const rejected = judge(
      { quantity: 1, price: 1, product: 'A' },
      { quantity: million, price: maxAmount / million, product: 'A' },
      { quantity: 1, price: 2, product: 'B' },
      { quantity: million, price: maxAmount / million, product: 'B' },
    );
    expect(rejected.map(({ line }) => line)).toEqual([2, 3, 4, 5]);
    expect(rejected[0]?.detail).toContain('order 7.2 comes to');
  });

  it('is rejected where one item is too much once its lines are merged', () => {
    const half = { quantity: million / 2, price: maxAmount / million + 1, product: 'A' };
    expect(judge(half, half)).toHaveLength(2);
  });

  it('is taken where its orders together cost more than one of them may', () => {
    const lines = Array.from({ length: 200 }, () => ({ quantity: 1_000, price: maxAmount / 100_000 }));
    expect(judge(...lines)).toEqual([]);
  });
});
