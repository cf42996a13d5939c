import fc from 'fast-check';
import {
  act,
  email,
  get,
  type More,
  orderOf,
  patch,
  pay,
  paymentOf,
  phone,
  place,
  post,
  product,
  put,
} from '../scenarios/shop-commands.js';
import type { Command, Own } from '../support/command.js';

/** One thing that a client does; a few commands where one needs what another one answers. */
type Step = (own: Own) => Command[];

const products = ['cup', 'pot', 'pan'];
const one = fc.constantFrom(...products);
const orderKey = fc.constantFrom('o1', 'o2', 'o3');
const paymentKey = fc.constantFrom('y1', 'y2');
const customer = fc.constantFrom('ada', 'grace');
const quantity = fc.integer({ min: 1, max: 4 });
const token = fc.oneof(
  { weight: 6, arbitrary: fc.constant('tok_visa') },
  { weight: 2, arbitrary: fc.constant('tok_chargeDeclined') },
  { weight: 1, arbitrary: fc.constant('tok_flaky') },
);

/** A version that may be the one that stands, a key that may have been used, or neither. */
const more = fc.oneof(
  { weight: 5, arbitrary: fc.constant<(own: Own) => More>(() => ({})) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 4 }).map((version) => (): More => ({ ifMatch: `"${version}"` })),
  },
  { weight: 2, arbitrary: fc.constantFrom('a', 'b').map((key) => (own: Own): More => ({ key: own(key) })) },
);

const placing: fc.Arbitrary<Step> = fc
  .record({ key: orderKey, customer, token, items: fc.dictionary(one, quantity, { minKeys: 1 }) })
  .map(({ key, items, ...details }) => (own) => {
    const owned = Object.entries(items).map(([id, count]): [string, number] => [own(id), count]);
    return [place(own, own(key), Object.fromEntries(owned), details)];
  });

const acting: fc.Arbitrary<Step> = fc
  .record({ key: orderKey, action: fc.constantFrom('cancel', 'ship', 'deliver'), more })
  .map((given) => (own) => [act(own(given.key), given.action, given.more(own))]);

const changing: fc.Arbitrary<Step> = fc
  .record({ key: orderKey, more })
  .map((given) => (own) => [
    patch(`/orders/${orderOf(own(given.key))}`, { contact: { phone: phone(own, 'ada') } }, given.more(own)),
  ]);

const stocking: fc.Arbitrary<Step> = fc
  .record({ id: one, what: fc.constantFrom('increase', 'decrease', 'set'), quantity, more })
  .map((given) => (own) => {
    const path = `/inventory/${own(given.id)}`;
    return given.what === 'set'
      ? [put(path, { available: given.quantity }, given.more(own))]
      : [post(`${path}/${given.what}`, { quantity: given.quantity }, given.more(own))];
  });

const pricing: fc.Arbitrary<Step> = fc
  .record({ id: one, amount: fc.constantFrom(0, 1, 999), more })
  .map((given) => (own) => [
    put(
      `/products/${own(given.id)}`,
      { name: 'Other', price: { amount: given.amount, currency: 'GBP' } },
      given.more(own),
    ),
  ]);

const paying: fc.Arbitrary<Step> = fc
  .record({ key: paymentKey, order: orderKey, amount: fc.constantFrom(0, 1, 1299), token })
  .map((given) => (own) => [pay(orderOf(own(given.order)), own(given.key), given.amount, given.token)]);

const refunding: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ key: paymentKey, more })
    .map((given) => (own: Own) => [
      post(`/payments/${paymentOf(own(given.key))}/refund`, {}, given.more(own)),
    ]),
  fc
    .record({ key: orderKey, more })
    .map((given) => (own: Own) => [
      get(`/payments?orderId=${orderOf(own(given.key))}`, { keep: { payment: 'items.0.paymentId' } }),
      post('/payments/{payment}/refund', {}, given.more(own)),
    ]),
);

const telling: fc.Arbitrary<Step> = fc
  .record({ order: orderKey, template: fc.constantFrom('order-shipped', 'message'), more })
  .map(({ order, template, more: further }) => (own) => {
    const orderId = orderOf(own(order));
    const data = { subject: 'News', text: 'Hello', orderId };
    return [
      post(
        '/notifications',
        { channel: 'email', to: email(own, 'ada'), template, data, orderId },
        further(own),
      ),
    ];
  });

const reading: fc.Arbitrary<Step> = fc.oneof(
  one.map((id) => (own: Own) => [get(`/inventory/${own(id)}`)]),
  orderKey.map((key) => (own: Own) => [get(`/orders/${orderOf(own(key))}`)]),
  orderKey.map((key) => (own: Own) => [get(`/payments?orderId=${orderOf(own(key))}`)]),
  customer.map((id) => (own: Own) => [get(`/orders?customerId=${own(id)}`)]),
  customer.map((id) => (own: Own) => [get(`/customers/${own(id)}/summary`)]),
);

const step = fc.oneof(
  { weight: 5, arbitrary: placing },
  { weight: 5, arbitrary: acting },
  { weight: 1, arbitrary: changing },
  { weight: 2, arbitrary: stocking },
  { weight: 1, arbitrary: pricing },
  { weight: 2, arbitrary: paying },
  { weight: 2, arbitrary: refunding },
  { weight: 1, arbitrary: telling },
  { weight: 3, arbitrary: reading },
);

/** What clients do, in any order, to a shop that has a few products. */
export const anySteps: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 3, maxLength: 14, size: 'max' });

/** The commands of steps, from a shop with stock to a look at all that they have changed. */
export function commandsOf(steps: readonly Step[], own: Own): Command[] {
  return [
    ...products.flatMap((id, index) => product(own(id), 5, 100 + index)),
    ...steps.flatMap((each) => each(own)),
    ...products.map((id) => get(`/inventory/${own(id)}`)),
    ...['ada', 'grace'].flatMap((id) => [
      get(`/orders?customerId=${own(id)}`),
      get(`/customers/${own(id)}/summary`),
    ]),
    ...['o1', 'o2', 'o3'].map((key) => get(`/payments?orderId=${orderOf(own(key))}`)),
  ];
}
