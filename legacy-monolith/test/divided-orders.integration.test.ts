import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Side } from '#contracts/strangler/move.js';
import { until } from '../../tests/support/until.js';
import { newEmail, mailsTo } from './shop-client.js';
import { type DividedShop, startDividedShop } from './start-divided-shop.js';

let divided: DividedShop;

beforeAll(async () => {
  divided = await startDividedShop();
});
afterAll(() => divided.stop());

const shipment = { carrier: 'DHL', trackingNumber: '1' };

/** Who owns the two products of each order. */
const states: [what: string, name: string, first: Side, second: Side][] = [
  ['the monolith owns both products', 'mm', 'monolith', 'monolith'],
  ['the service owns both products', 'ss', 'service', 'service'],
  ['the service owns the second product', 'ms', 'monolith', 'service'],
  ['the service owns the first product', 'sm', 'service', 'monolith'],
];

describe.each(states)('while %s, an order', (_what, name, first, second) => {
  /** Products of a test of their own, 10 of each. */
  async function given(test: string) {
    const [one, two] = [`${name}-${test}-one`, `${name}-${test}-two`];
    await divided.givenStock(10, { [one]: first, [two]: second });
    const stock = async () => [await divided.stockAt(first, one), await divided.stockAt(second, two)];
    return { one, two, stock };
  }

  it('takes its items, and the same order again is the same', async () => {
    const { one, two, stock } = await given('place');
    const order = { items: { [one]: 2, [two]: 3 }, key: `${name}-place` };
    const placed = await divided.shop.place(order).expect(201);
    expect(placed.body).toMatchObject({ status: 'CONFIRMED', version: 2 });
    expect((await divided.shop.place(order).expect(201)).body).toEqual(placed.body);
    expect(await stock()).toEqual([
      [8, 2, 2],
      [7, 3, 2],
    ]);
    expect(await divided.shop.timeline(placed.body.orderId)).toContain('stock.reserved');
    expect(await divided.openTasks()).toBe(0);
  });

  it('gives them back when it is cancelled', async () => {
    const { one, two, stock } = await given('cancel');
    const email = newEmail();
    const { orderId } = (await divided.shop.place({ items: { [one]: 2, [two]: 3 }, contact: { email } }))
      .body;
    expect((await divided.shop.act(orderId, 'cancel').expect(200)).body.status).toBe('CANCELLED');
    expect(await stock()).toEqual([
      [10, 0, 3],
      [10, 0, 3],
    ]);
    expect(await divided.shop.timeline(orderId)).toContain('stock.released');
    expect(await divided.chargesOf(orderId)).toMatchObject([{ status: 'REFUNDED' }]);
    await until(async () => (await mailsTo(email)).length === 2);
    await divided.shop.act(orderId, 'ship', shipment).expect(409);
  });

  it('lets them leave the house when it is shipped', async () => {
    const { one, two, stock } = await given('ship');
    const { orderId } = (await divided.shop.place({ items: { [one]: 2, [two]: 3 } })).body;
    expect((await divided.shop.act(orderId, 'ship', shipment).expect(200)).body.status).toBe('SHIPPED');
    expect(await stock()).toEqual([
      [8, 0, 3],
      [7, 0, 3],
    ]);
    await divided.shop.act(orderId, 'cancel').expect(409);
    expect(await divided.openTasks()).toBe(0);
  });

  it('puts them back when its payment is declined', async () => {
    const { one, two, stock } = await given('decline');
    const items = { [one]: 2, [two]: 3 };
    const declined = await divided.shop.place({ items, token: 'tok_chargeDeclined' }).expect(402);
    const order = await divided.shop.order(declined.headers['location']!.slice('/orders/'.length));
    expect(order).toMatchObject({ status: 'REJECTED', reason: 'payment_declined' });
    expect(await stock()).toEqual([
      [10, 0, 3],
      [10, 0, 3],
    ]);
    expect(await divided.shop.timeline(order.orderId)).toEqual(
      expect.arrayContaining(['stock.reserved', 'payment.declined', 'stock.released', 'order.rejected']),
    );
    expect(await divided.openTasks()).toBe(0);
  });

  it.each([
    ['the first', [11, 1], ['one']],
    ['the second', [1, 11], ['two']],
    ['both', [11, 12], ['one', 'two']],
  ] as const)('takes none if there is not enough of %s', async (what, [ofOne, ofTwo], short) => {
    const { one, two, stock } = await given(`short-${what.replace(' ', '-')}`);
    const answer = await divided.shop.place({ items: { [one]: ofOne, [two]: ofTwo } }).expect(409);
    const wanted = { one: [one, ofOne], two: [two, ofTwo] } as const;
    const names = short.map((which) => wanted[which][0]);
    expect(answer.body).toMatchObject({
      code: 'insufficient_stock',
      detail: `There is not enough stock of ${names.join(', ')}`,
      errors: short.map((which) => ({
        path: wanted[which][0],
        message: `10 available, ${wanted[which][1]} wanted`,
      })),
    });
    expect(await stock()).toEqual([
      [10, 0, 1],
      [10, 0, 1],
    ]);
    expect(await divided.openTasks()).toBe(0);
  });

  it('is shipped or cancelled by whoever owns its items by then', async () => {
    const { one, two } = await given('moved');
    const place = async () =>
      (await divided.shop.place({ items: { [one]: 1, [two]: 2 } }).expect(201)).body.orderId;
    const [toShip, toCancel] = [await place(), await place()];
    await divided.handOver([one], first === 'service' ? 'monolith' : 'service');
    await divided.handOver([two], second === 'service' ? 'monolith' : 'service');
    await divided.shop.act(toShip, 'ship', shipment).expect(200);
    await divided.shop.act(toCancel, 'cancel').expect(200);
    expect(await divided.stockAt(first === 'service' ? 'monolith' : 'service', one)).toEqual([9, 0, 5]);
    expect(await divided.stockAt(second === 'service' ? 'monolith' : 'service', two)).toEqual([8, 0, 5]);
    expect(await divided.openTasks()).toBe(0);
  });
});

describe('orders of few units by many at once', () => {
  it('sell each unit once, on both sides', async () => {
    await divided.givenStock(10, { 'rush-one': 'monolith', 'rush-two': 'service' });
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => divided.shop.place({ items: { 'rush-one': 1, 'rush-two': 1 } })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.filter(({ body }) => body.code === 'insufficient_stock')).toHaveLength(6);
    await divided.untilNothingIsOpen();
    expect((await divided.stockAt('monolith', 'rush-one')).slice(0, 2)).toEqual([0, 10]);
    expect((await divided.stockAt('service', 'rush-two')).slice(0, 2)).toEqual([0, 10]);
  });
});
