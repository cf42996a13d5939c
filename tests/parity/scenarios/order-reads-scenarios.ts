import type { Scenario } from '../support/command.js';
import { act, address, get, orderOf, patch, place, product, trackedUntil } from './shop-commands.js';

export const orderReadsScenarios: readonly Scenario[] = [
  {
    name: 'lists and summaries of a customer',
    commands: (own) => {
      const [listed, foreign] = [own('listed'), own('foreign')];
      const grace = { customer: 'grace' };
      const of = `/orders?customerId=${own('grace')}`;
      return [
        ...product(listed, 9, 100),
        ...product(foreign, 9, 500, 'EUR'),
        place(own, own('l1'), { [listed]: 1 }, grace),
        place(own, own('l2'), { [foreign]: 2 }, grace),
        place(own, own('l3'), { [listed]: 99 }, grace),
        place(own, own('l4'), { [listed]: 2 }, grace),
        act(own('l4'), 'cancel'),
        get(of),
        get(`${of}&limit=3`, { keep: { next: 'nextCursor' } }),
        get(`${of}&limit=3&cursor={next}`),
        get(`${of}&limit=1`, { keep: { next: 'nextCursor' } }),
        get(`${of}&limit=1&cursor={next}`),
        get(`${of}&status=CONFIRMED`),
        get(`${of}&status=REJECTED`),
        get(`${of}&status=CANCELLED`),
        get(`${of}&status=DELIVERED`),
        get(`/orders?customerId=${own('nobody')}`),
        get('/orders?status=LOST'),
        get('/orders?customerId=a%20b'),
        get(`/customers/${own('grace')}/summary`),
        get(`/customers/${own('nobody')}/summary`),
        get(`/orders/${orderOf(own('nobody'))}/tracking`),
      ];
    },
  },
  {
    name: 'an order is tracked',
    byEvents: true,
    commands: (own) => {
      const [shelf, key] = [own('shelf'), own('t1')];
      return [
        ...product(shelf, 9),
        place(own, key, { [shelf]: 2 }),
        trackedUntil(key, 'notification.sent'),
        patch(`/orders/${orderOf(key)}`, { shippingAddress: address }),
        act(key, 'ship'),
        trackedUntil(key, 'notification.sent', 2),
        act(key, 'deliver'),
        trackedUntil(key, 'notification.sent', 3),
        place(own, own('t2'), { [shelf]: 1 }),
        trackedUntil(own('t2'), 'notification.sent'),
        act(own('t2'), 'cancel'),
        trackedUntil(own('t2'), 'notification.sent', 2),
        place(own, own('t3'), { [shelf]: 1 }, { token: 'tok_chargeDeclined' }),
        trackedUntil(own('t3'), 'order.rejected'),
        place(own, own('t4'), { [shelf]: 100 }),
        trackedUntil(own('t4'), 'order.rejected'),
      ];
    },
  },
];
