import { describe, expect, it } from '@jest/globals';
import type { Charge } from '#contracts/shop/provider.js';
import type { BookedOrder, Books } from './books.js';
import { checkBooks } from './check-books.js';

const at = '2010-12-01T08:26:00.000Z';
const order: BookedOrder = {
  ...{ orderId: 'o', status: 'CONFIRMED', total: 500, currency: 'GBP', paymentId: 'p', email: 'a@b.example' },
  items: [{ productId: 'mug', quantity: 2 }],
};
const charge: Charge = {
  ...{ key: 'p', status: 'CAPTURED', amount: 500, currency: 'GBP', reference: 'o', last4: '4242' },
  ...{ reason: null, createdAt: at, updatedAt: at },
};
const payment = { paymentId: 'p', orderId: 'o', currency: 'GBP', captured: 500, refunded: 0 };
const mail = { orderId: 'o', template: 'order-confirmed', messageId: '<1@x>' };

/** Books of one confirmed order, that add up. */
const books: Books = {
  ...{ orders: [order], charges: [charge], payments: [payment], mails: [mail], open: [] },
  stockBefore: new Map([['mug', { available: 10, reserved: 1 }]]),
  stock: new Map([['mug', { available: 8, reserved: 3 }]]),
};

const cancelled: Partial<Books> = {
  orders: [{ ...order, status: 'CANCELLED' }],
  charges: [{ ...charge, status: 'REFUNDED' }],
  payments: [{ ...payment, refunded: 500 }],
  mails: [mail, { ...mail, template: 'order-cancelled', messageId: '<2@x>' }],
  stock: books.stockBefore,
};

const amiss = (change: Partial<Books>) => checkBooks({ ...books, ...change });

describe('books', () => {
  it.each<[string, Partial<Books>]>([
    ['of a confirmed order', {}],
    ['of a cancelled order', cancelled],
    ['of a mail that came twice after a crash', { mails: [mail, mail] }],
    ['of a customer without an address', { orders: [{ ...order, email: null }], mails: [] }],
    [
      'of an order that was sent',
      {
        orders: [{ ...order, status: 'SHIPPED' }],
        stock: new Map([['mug', { available: 8, reserved: 1 }]]),
        mails: [mail, { ...mail, template: 'order-shipped', messageId: '<2@x>' }],
      },
    ],
  ])('%s add up', (_what, change) => {
    expect(amiss(change)).toEqual([]);
  });

  it.each<[string, Partial<Books>, string]>([
    [
      'a second charge',
      { charges: [charge, { ...charge, key: 'q' }] },
      'o: costs 500, the provider has kept 1000',
    ],
    ['a charge for no order', { charges: [charge, { ...charge, key: 'q', reference: 'x' }] }, 'x: costs 0'],
    ['a payment that nobody made', { charges: [] }, 'o: costs 500, the provider has kept 0'],
    [
      'money that did not go back',
      { ...cancelled, charges: [charge] },
      'o: costs 0, the provider has kept 500',
    ],
    ['a payment that the shop forgot', { payments: [] }, 'o: is CONFIRMED, but there is no payment p'],
    [
      'a charge that goes on',
      { charges: [charge, { ...charge, key: 'q', status: 'PROCESSING' }] },
      'o: charge q',
    ],
    ['stock that did not come back', { ...cancelled, stock: books.stock }, 'mug: has 8 available'],
    [
      'stock that nobody reserved',
      { stock: new Map([['mug', { available: 8, reserved: 4 }]]) },
      'mug: has 8',
    ],
    ['stock that is gone', { stock: new Map() }, 'mug: has no stock'],
    ['a mail that never came', { mails: [] }, 'o: is CONFIRMED: 0 mails order-confirmed instead of 1'],
    ['a second mail', { mails: [mail, { ...mail, messageId: '<2@x>' }] }, 'o: is CONFIRMED: 2 mails'],
    ['a mail about no order', { mails: [mail, { ...mail, orderId: 'x' }] }, 'x: is no order'],
    ['an order that stays pending', { orders: [{ ...order, status: 'PENDING' }] }, 'o: is still PENDING'],
    ['work that is left', { open: ['a saga'] }, 'open work: a saga'],
  ])('tell of %s', (_what, change, line) => {
    const lines = amiss(change).map(({ about, what }) => `${about}: ${what}`);
    expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${line}`)));
  });
});
