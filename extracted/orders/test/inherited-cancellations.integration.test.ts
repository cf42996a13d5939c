import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { until } from '../../../tests/support/until.js';
import { type Participants, Unreachable } from '../use-cases/participants.js';
import { type ServiceShop, startServiceShop } from './start-test-orders.js';

let services: ServiceShop;
/** Nobody can give money back just now, but for the payments that a test says. */
let outage = false;
const exempt = new Set<string>();

const between = (participants: Participants): Participants => ({
  ...participants,
  payments: {
    ...participants.payments,
    giveBack: (payment) =>
      outage && !exempt.has(payment.paymentId)
        ? Promise.reject(new Unreachable('Payment', 'away'))
        : participants.payments.giveBack(payment),
  },
});

beforeAll(async () => {
  services = await startServiceShop({ timeouts: { answerMs: 100 }, between });
  await services.shop.givenProduct('vase', 1_000);
});
afterEach(async () => {
  outage = false;
  exempt.clear();
  await services.database.query("DELETE FROM order_cancellations WHERE payment_id LIKE '!%'");
});
afterAll(() => services.stop());

const place = async () => {
  const { body } = await services.shop.place({ items: { vase: 1 } });
  await until(
    'it is confirmed',
    async () => (await services.shop.order(body.orderId)).status === 'CONFIRMED',
  );
  return services.shop.order(body.orderId);
};
/** A note as it comes with its order from the other side; those that begin with `!` are read first. */
const note = (paymentId: string, orderId: string) =>
  services.database.query("INSERT INTO order_cancellations VALUES (?, ?, '2010-12-01')", {
    replacements: [paymentId, orderId],
  });
const isCancelled = async (orderId: string) => (await services.shop.order(orderId)).status === 'CANCELLED';

async function completes(work: () => Promise<void>): Promise<void> {
  const finishing = services.startInstance({
    finishCancellationsAfterMs: 500,
    between,
  });
  try {
    await work();
  } finally {
    await finishing.stop();
  }
}

describe('an inherited cancellation is completed', () => {
  it('behind notes that can never be completed', async () => {
    const { orderId, paymentId } = await place();
    await note(paymentId!, orderId);
    for (let number = 1; number <= 25; number += 1) await note(`!${number}`, `no such order ${number}`);
    const shipped = await place();
    await services.shop.act(shipped.orderId, 'ship', { carrier: 'DHL', trackingNumber: '1' }).expect(200);
    await note('!shipped', shipped.orderId);
    await completes(() => until('it is cancelled', () => isCancelled(orderId)));
    expect((await services.shop.order(shipped.orderId)).status).toBe('SHIPPED');
  });

  it('behind notes of orders that the other side owns', async () => {
    const { orderId, paymentId } = await place();
    await note(paymentId!, orderId);
    const own = bucketOfKey('orders', orderId);
    const elsewhere = own === 100 ? 99 : own + 1;
    const setState = (state: string) =>
      services.database.query('UPDATE orders_ownership SET state = ? WHERE bucket = ?', {
        replacements: [state, elsewhere],
      });
    await setState('released');
    for (let found = 0; found < 25;) {
      const other = randomUUID();
      if (bucketOfKey('orders', other) !== elsewhere) continue;
      found += 1;
      await note(`!${found}`, other);
    }
    await completes(() => until('it is cancelled', () => isCancelled(orderId)));
    const [rows] = await services.database.query(
      "SELECT 1 FROM order_cancellations WHERE payment_id LIKE '!%' AND touched_at = '2010-12-01'",
    );
    expect(rows).toHaveLength(25);
    await setState('owned');
  });

  it('behind own cancellations that wait for an outage to end', async () => {
    outage = true;
    const own = await Promise.all(Array.from({ length: 22 }, place));
    await Promise.all(own.map(({ orderId }) => services.shop.act(orderId, 'cancel')));
    await services.database.query("UPDATE order_cancellations SET touched_at = '2010-12-01'");
    const { orderId } = await place();
    // The last in every order in which notes are read.
    const inherited = `~${randomUUID()}`;
    await note(inherited, orderId);
    await services.database.query(
      "UPDATE order_cancellations SET touched_at = '2010-12-02' WHERE order_id = ?",
      {
        replacements: [orderId],
      },
    );
    exempt.add((await services.shop.order(orderId)).paymentId!);
    await completes(() => until('it is cancelled', () => isCancelled(orderId)));
    outage = false;
  });
});
