import type { Scenario } from '../support/command.js';
import { get, pay, paymentOf, post } from './shop-commands.js';

const refund = (id: string, more?: Parameters<typeof post>[2], body: unknown = {}) =>
  post(`/payments/${id}/refund`, body, more);

export const paymentsScenarios: readonly Scenario[] = [
  {
    name: 'cards are charged, declined, and tried again',
    commands: (own) => {
      const order = own('cards');
      return [
        pay(order, own('visa'), 1299),
        pay(order, own('visa'), 1299),
        pay(order, own('visa'), 1300),
        get(`/payments/${paymentOf(own('visa'))}`),
        pay(order, own('declined'), 1299, 'tok_chargeDeclined'),
        pay(order, own('declined'), 1299, 'tok_chargeDeclined'),
        pay(order, own('declined'), 1299, 'tok_visa'),
        get(`/payments/${paymentOf(own('declined'))}`),
        pay(order, own('flaky'), 700, 'tok_flaky'),
        pay(order, own('flaky'), 700, 'tok_flaky'),
        pay(order, own('flaky'), 700, 'tok_flaky'),
        pay(order, own('unknown'), 1, 'tok_nobody'),
        post('/payments', {
          orderId: order,
          amount: { amount: 5, currency: 'GBP' },
          method: { type: 'card', token: 'tok_visa' },
        }),
        get(`/payments?orderId=${order}`),
      ];
    },
  },
  {
    name: 'a provider that gives no answer in time charges nothing',
    commands: (own) => [
      pay(own('slow'), own('slow'), 1299, 'tok_timeout'),
      get(`/payments/${paymentOf(own('slow'))}`),
      get(`/payments?orderId=${own('slow')}`),
      pay(own('slow'), own('other'), 1299),
      get(`/payments?orderId=${own('slow')}`),
    ],
  },
  {
    name: 'payments are given back whole, once',
    commands: (own) => {
      const id = paymentOf(own('whole'));
      return [
        refund(id),
        pay(own('whole'), own('whole'), 1299),
        refund(id, { ifMatch: '"7"' }),
        refund(id, { ifMatch: 'one' }),
        refund(id, {}, { amount: { amount: 1, currency: 'GBP' } }),
        refund(id, {}, { amount: { amount: 1300, currency: 'GBP' } }),
        refund(id, { key: own('give-back'), ifMatch: '"1"' }),
        refund(id, { key: own('give-back'), ifMatch: '"1"' }),
        refund(id),
        refund(id, { ifMatch: '"2"' }),
        get(`/payments/${id}`),
        pay(own('whole'), own('give-back'), 1),
        post(`/payments/${id}/refund`, undefined),
      ];
    },
  },
  {
    name: 'amounts have their limits',
    commands: (own) => [
      ...[0, 1, 100_000_000_000].map((amount) => pay(own('limits'), own(`of-${amount}`), amount)),
      ...[-1, 1.5, 100_000_000_001].map((amount) => pay(own('limits'), own(`of-${amount}`), amount)),
      pay(own('limits'), own('yen'), 500, 'tok_visa', 'JPY'),
      pay(own('limits'), own('small'), 500, 'tok_visa', 'jpy'),
      pay(own('limits'), own('token'), 500, 'tok visa'),
      post('/payments', { orderId: own('limits') }, { key: own('nothing') }),
      post('/payments', { orderId: 'a b', amount: { amount: 1, currency: 'GBP' }, method: { type: 'cash' } }),
      get(`/payments?orderId=${own('limits')}`),
      refund(paymentOf(own('of-0'))),
      get('/payments?orderId='),
      get('/payments?orderId=nobody'),
      get('/payments/nothing'),
    ],
  },
];
