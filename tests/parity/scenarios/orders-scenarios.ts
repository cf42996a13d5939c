import type { Scenario } from '../support/command.js';
import {
  act,
  address,
  get,
  type More,
  orderOf,
  patch,
  phone,
  place,
  post,
  product,
  sentAbout,
  shipment,
} from './shop-commands.js';

const readOrder = (key: string, more?: More) => get(`/orders/${orderOf(key)}`, more);
const readStock = (id: string) => get(`/inventory/${id}`);
const paymentsOf = (key: string, more?: More) => get(`/payments?orderId=${orderOf(key)}`, more);
const change = (key: string, body: unknown, more?: More) => patch(`/orders/${orderOf(key)}`, body, more);

export const ordersScenarios: readonly Scenario[] = [
  {
    name: 'an order goes from its placing to its delivery',
    commands: (own) => {
      const [lantern, candle, key] = [own('lantern'), own('candle'), own('k1')];
      return [
        ...product(lantern, 10),
        ...product(candle, 5, 99),
        place(own, key, { [lantern]: 2, [candle]: 1 }, { with: { shippingAddress: address } }),
        place(own, key, { [lantern]: 2, [candle]: 1 }, { with: { shippingAddress: address } }),
        place(own, key, { [lantern]: 3 }),
        readOrder(key),
        readStock(lantern),
        paymentsOf(key),
        act(key, 'deliver'),
        post(`/orders/${orderOf(key)}/ship`, { carrier: 'Royal Mail' }),
        post(`/orders/${orderOf(key)}/ship`, { ...shipment, carrier: ' ' }),
        act(key, 'ship', { ifMatch: '"9"' }),
        act(key, 'ship', { key: own('s1'), ifMatch: '"1"' }),
        act(key, 'ship', { key: own('s1'), ifMatch: '"1"' }),
        act(key, 'ship'),
        act(key, 'cancel'),
        change(key, { contact: {} }),
        readStock(lantern),
        act(key, 'deliver', { key: own('d1') }),
        act(key, 'deliver', { key: own('d1') }),
        act(key, 'deliver'),
        act(key, 'ship'),
        act(key, 'cancel'),
        readOrder(key),
        sentAbout(key, 3),
      ];
    },
  },
  {
    name: 'orders are refused, and keep nothing',
    commands: (own) => {
      const [rare, mug, euro, stockless] = ['rare', 'mug', 'euro', 'stockless'].map(own) as [
        string,
        string,
        string,
        string,
      ];
      return [
        ...product(rare, 1),
        ...product(mug, 3),
        ...product(euro, 3, 100, 'EUR'),
        product(stockless, 0)[0]!,
        place(own, own('r1'), { [mug]: 1, [rare]: 2, [stockless]: 1 }),
        place(own, own('r1'), { [mug]: 1, [rare]: 2, [stockless]: 1 }),
        readOrder(own('r1')),
        place(own, own('r2'), { [mug]: 2 }, { token: 'tok_chargeDeclined' }),
        place(own, own('r2'), { [mug]: 2 }, { token: 'tok_chargeDeclined' }),
        readOrder(own('r2')),
        place(own, own('r4'), { [own('nobody')]: 1, [mug]: 1, [own('nothing')]: 1 }),
        readOrder(own('r4')),
        place(own, own('r5'), { [mug]: 1, [euro]: 1 }),
        place(own, own('r6'), {}),
        place(own, own('r7'), { [mug]: 0 }),
        place(own, own('r8'), { [mug]: 1 }, { with: { customerId: 'a b' } }),
        place(own, own('r9'), { [mug]: 1 }, { with: { colour: 'red' } }),
        place(own, own('r10'), { [mug]: 1 }, { contact: { email: 'nobody' } }),
        place(own, own('r11'), { [mug]: 1 }, { with: { shippingAddress: { city: 'York' } } }),
        place(own, own('r12'), { [mug]: 1 }, { with: { payment: { type: 'cash' } } }),
        place(
          own,
          own('r13'),
          {},
          { with: { items: [mug, mug].map((productId) => ({ productId, quantity: 1 })) } },
        ),
        place(own, own('r14'), Object.fromEntries(Array.from({ length: 101 }, (_, n) => [own(`p${n}`), 1]))),
        readStock(mug),
        paymentsOf(own('r2')),
        act(own('r2'), 'cancel'),
        act(own('r2'), 'ship'),
        act(own('r2'), 'deliver'),
        change(own('r2'), { contact: {} }),
        act(own('nobody'), 'cancel'),
        act(own('nobody'), 'ship'),
        act(own('nobody'), 'deliver'),
        get(`/notifications?orderId=${orderOf(own('r2'))}`),
      ];
    },
  },
  {
    name: 'an order whose card gets no answer in time takes nothing',
    commands: (own) => {
      const mug = own('mug');
      return [
        ...product(mug, 3),
        place(own, own('slow'), { [mug]: 1 }, { token: 'tok_timeout' }),
        readStock(mug),
        paymentsOf(own('slow')),
      ];
    },
  },
  {
    name: 'an order is paid at the third try of a card',
    commands: (own) => [
      ...product(own('kite'), 4),
      place(own, own('flaky'), { [own('kite')]: 4 }, { token: 'tok_flaky' }),
      readStock(own('kite')),
      paymentsOf(own('flaky')),
    ],
  },
  {
    name: 'orders are cancelled: money, stock and customer',
    commands: (own) => {
      const [kite, key] = [own('kite'), own('c1')];
      return [
        ...product(kite, 4),
        place(own, key, { [kite]: 3 }, { contact: { phone: phone(own, 'ada') } }),
        readStock(kite),
        paymentsOf(key, { keep: { payment: 'items.0.paymentId' } }),
        get('/payments/{payment}'),
        act(key, 'cancel', { ifMatch: '"9"' }),
        act(key, 'cancel', { key: own('x1'), ifMatch: '"1"' }),
        act(key, 'cancel', { key: own('x1'), ifMatch: '"1"' }),
        act(key, 'cancel'),
        act(key, 'ship'),
        act(key, 'deliver'),
        change(key, { contact: {} }),
        readStock(kite),
        readOrder(key),
        paymentsOf(key),
        get('/payments/{payment}'),
        post('/payments/{payment}/refund', {}),
        sentAbout(key, 2),
      ];
    },
  },
  {
    name: 'an order whose payment was given back before is cancelled all the same',
    commands: (own) => {
      const [cup, key] = [own('cup'), own('g1')];
      return [
        ...product(cup, 4),
        place(own, key, { [cup]: 1 }),
        paymentsOf(key, { keep: { payment: 'items.0.paymentId' } }),
        post('/payments/{payment}/refund', {}, { key: own('before') }),
        readOrder(key),
        act(key, 'cancel'),
        paymentsOf(key),
        readStock(cup),
      ];
    },
  },
  {
    name: 'orders are changed',
    commands: (own) => {
      const [frame, key] = [own('frame'), own('f1')];
      const called = { contact: { phone: phone(own, 'ada') } };
      return [
        ...product(frame, 9),
        place(own, key, { [frame]: 1 }),
        change(key, { shippingAddress: address }),
        change(key, called, { key: own('p1') }),
        change(key, called, { key: own('p1') }),
        change(key, { contact: {} }, { key: own('p1') }),
        change(key, { contact: {} }, { ifMatch: '"1"' }),
        change(key, {}),
        change(key, { customerId: own('eve') }),
        change(key, { shippingAddress: { ...address, line1: '' } }),
        change(own('nobody'), { contact: {} }),
        readOrder(key),
        put(frame),
        place(own, own('f2'), { [frame]: 1 }, { contact: {} }),
        readOrder(key),
      ];
    },
  },
];

/** The price of a product changes; what was ordered keeps the price that it had. */
function put(productId: string) {
  return product(productId, 0, 999)[0]!;
}
