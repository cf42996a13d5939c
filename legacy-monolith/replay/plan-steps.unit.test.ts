import { describe, expect, it } from '@jest/globals';
import { ordersEndpoints } from '#contracts/shop/orders.js';
import { toInvoice } from '../import/group-invoices.js';
import type { InvoiceLine } from '../import/judge-record.js';
import { cardFor, planSteps } from './plan-steps.js';

const at = new Date('2010-12-01T08:26:00Z');

function lineOf(change: Partial<InvoiceLine>): InvoiceLine {
  const rest = { line: 2, raw: '', invoiceNo: '536365', kind: 'sale', description: '', country: '' } as const;
  return { ...rest, productId: '10001', quantity: 1, at, price: 100, customerId: '17850', ...change };
}

describe('the steps of an invoice', () => {
  it('place the orders that the import makes of it', () => {
    const lines = [
      lineOf({}),
      lineOf({ quantity: 2 }),
      lineOf({ price: 90 }),
      lineOf({ productId: '10002' }),
    ];
    expect(planSteps(toInvoice(lines))).toEqual([
      {
        name: '536365',
        customerId: '17850',
        at,
        action: {
          type: 'place',
          order: {
            customerId: '17850',
            items: [
              { productId: '10001', quantity: 3 },
              { productId: '10002', quantity: 1 },
            ],
            payment: { type: 'card', token: 'tok_visa' },
            contact: { email: 'customer-17850@customers.example' },
          },
        },
      },
      expect.objectContaining({
        name: '536365.2',
        action: expect.objectContaining({
          order: expect.objectContaining({ items: [{ productId: '10001', quantity: 1 }] }),
        }),
      }),
    ]);
  });

  it('cancel an order that holds the products of a credit note', () => {
    const credit = { invoiceNo: 'C536379', kind: 'credit' } as const;
    const lines = [lineOf(credit), lineOf({ ...credit, productId: '10002' })];
    expect(planSteps(toInvoice(lines))).toEqual([
      {
        name: 'C536379',
        customerId: '17850',
        at,
        action: { type: 'cancel', products: new Set(['10001', '10002']) },
      },
    ]);
  });

  it.each(['17850', '17850.0', '._-', 'a..b', undefined, 'x'.repeat(64)])(
    'fit the contract for customer %s',
    (customerId) => {
      const [step] = planSteps(toInvoice([lineOf({ customerId })]));
      const order = step?.action.type === 'place' ? step.action.order : undefined;
      expect(ordersEndpoints.create.body.safeParse(order).error).toBeUndefined();
      expect(order?.contact.email === undefined).toBe(customerId === undefined);
    },
  );
});

describe('the card that an order is paid with', () => {
  it('is always the same, and declined for about one in 50', () => {
    const cards = Array.from({ length: 10_000 }, (_, number) => cardFor(String(536_365 + number)));
    const declined = cards.filter((card) => card === 'tok_chargeDeclined').length;
    expect(declined).toBeGreaterThan(150);
    expect(declined).toBeLessThan(250);
    expect(new Set(cards)).toEqual(new Set(['tok_visa', 'tok_chargeDeclined']));
    expect(cardFor('536365')).toBe(cardFor('536365'));
  });
});
