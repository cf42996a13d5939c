import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChargeOrder, paymentRequests } from '#contracts/shop/payment-requests.js';
import { serviceSubject } from '#contracts/strangler/service-endpoint.js';
import { askService } from '#platform/messaging/ask-service.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { loseAnswers } from '../../tests/support/lose-answers.js';
import { testServers } from '../../tests/support/servers.js';
import { wideMs } from '../../tests/support/wide-limits.js';
import { until } from '../../tests/support/until.js';
import { countRows, mailsTo, newEmail, shopClient } from './shop-client.js';
import { type DividedCapabilities, startDividedCapabilities } from './start-divided-capabilities.js';
import { startMonolithProcess } from './start-monolith-process.js';

let divided: DividedCapabilities;
let shop: DividedCapabilities['shop'];
/** The test's own way to the broker. */
let nats: NatsConnection;
let products = 0;

beforeAll(async () => {
  divided = await startDividedCapabilities();
  ({ shop } = divided);
  nats = await connectNats('test', divided.broker.url);
});
afterEach(async () => {
  await Promise.all([divided.startService('payments'), divided.startService('notifications')]);
});
afterAll(async () => {
  await nats.close();
  await divided.stop();
});

async function givenProduct(): Promise<string> {
  const product = `product-${(products += 1)}`;
  await shop.givenProduct(product, 10);
  return product;
}

const statusesOf = async (orderId: string) =>
  (await divided.chargesOf(orderId)).map(({ status }) => status).sort();
const ignoreLostAnswer = () => undefined;
const cancellations = () => countRows(divided.monolith.database, 'order_cancellations');

describe.each([
  ['none', 0],
  ['half', 50],
  ['all', 100],
])('while %s of the payments and messages are the services’, an order', (_what, buckets) => {
  beforeAll(async () => {
    for (const capability of ['payments', 'notifications'] as const) {
      await divided.handOver(capability, 'monolith');
      if (buckets > 0) await divided.handOver(capability, 'service', buckets);
    }
  });

  it('is charged once and told of once', async () => {
    const email = newEmail();
    const order = { items: { [await givenProduct()]: 2 }, key: randomUUID(), contact: { email } };
    const placed = await shop.place(order).expect(201);
    expect((await shop.place(order).expect(201)).body).toEqual(placed.body);
    expect(await statusesOf(placed.body.orderId)).toEqual(['CAPTURED']);
    expect(await shop.timeline(placed.body.orderId)).toEqual(
      expect.arrayContaining(['order.placed', 'stock.reserved', 'payment.captured', 'order.confirmed']),
    );
    await until(async () => (await mailsTo(email)).length === 1);
    expect(await divided.openTasks()).toBe(0);
  });

  it('is rejected when its payment is declined, and leaves nothing behind', async () => {
    const product = await givenProduct();
    const refused = await shop.place({ items: { [product]: 2 }, token: 'tok_chargeDeclined' }).expect(402);
    const orderId = refused.headers['location']!.slice('/orders/'.length);
    expect(await shop.order(orderId)).toMatchObject({ status: 'REJECTED', reason: 'payment_declined' });
    expect(await shop.timeline(orderId)).toContain('payment.declined');
    expect(await shop.stock(product)).toEqual([10, 0, 3]);
    expect(await divided.openTasks()).toBe(0);
  });

  it('has its money back when it is cancelled', async () => {
    const email = newEmail();
    const placed = await shop.place({ items: { [await givenProduct()]: 2 }, contact: { email } }).expect(201);
    const { orderId } = placed.body;
    expect((await shop.act(orderId, 'cancel').expect(200)).body.status).toBe('CANCELLED');
    expect(await statusesOf(orderId)).toEqual(['REFUNDED']);
    expect(await shop.timeline(orderId)).toEqual(
      expect.arrayContaining(['payment.refunded', 'stock.released', 'order.cancelled']),
    );
    await until(async () => (await mailsTo(email)).length === 2);
    expect([await cancellations(), await divided.openTasks()]).toEqual([0, 0]);
  });

  it('is cancelled wherever its payment has gone since', async () => {
    const placed = await shop.place({ items: { [await givenProduct()]: 1 } }).expect(201);
    await divided.handOver('payments', buckets === 100 ? 'monolith' : 'service');
    await shop.act(placed.body.orderId, 'cancel').expect(200);
    expect(await statusesOf(placed.body.orderId)).toEqual(['REFUNDED']);
    await divided.handOver('payments', 'monolith');
    if (buckets > 0) await divided.handOver('payments', 'service', buckets);
  });
});

describe('while all payments are the service’s', () => {
  beforeAll(() => divided.handOver('payments', 'service'));

  it('and it is down, orders are refused for the moment, and can be placed again', async () => {
    const product = await givenProduct();
    const order = { items: { [product]: 2 }, key: randomUUID() };
    await divided.stopService('payments');
    const refused = await shop.place(order).expect(503);
    expect(refused.body).toMatchObject({ code: 'unavailable', detail: 'Payment service is unavailable' });
    expect(await shop.stock(product)).toEqual([10, 0, 1]);
    expect(await divided.openTasks()).toBe(0);
    await divided.startService('payments');
    await until(async () => (await shop.place(order)).status === 201);
  });

  it('and it is down, a cancellation is refused for the moment, and the order stands', async () => {
    const placed = await shop.place({ items: { [await givenProduct()]: 1 } }).expect(201);
    await divided.stopService('payments');
    await shop.act(placed.body.orderId, 'cancel').expect(503);
    expect(await cancellations()).toBe(0);
    expect((await shop.order(placed.body.orderId)).status).toBe('CONFIRMED');
  });

  it('a charge that nobody answers for is given back, cannot come late, and the order may be placed again', async () => {
    const order = { items: { [await givenProduct()]: 2 }, key: randomUUID() };
    await divided.stopService('payments');
    let heard: ChargeOrder | undefined;
    const stopListening = await loseAnswers(nats, paymentRequests.charge, (charge) => (heard = charge));
    await shop.place(order).expect(503);
    stopListening();
    expect(await divided.openTasks()).toBe(1);
    await divided.startService('payments');
    await divided.tryTasksNow();
    await divided.untilNothingIsOpen();
    const late = await askService(linked(), paymentRequests.charge, heard!, wideMs);
    expect(late).toMatchObject({ kind: 'answer', answer: { outcome: 'void' } });
    let placed = await shop.place(order);
    await until(async () => placed.status === 201 || ((placed = await shop.place(order)), false));
    expect((await statusesOf(placed.body.orderId)).filter((status) => status === 'CAPTURED')).toHaveLength(1);
  });

  it('a charge whose answer was lost is asked for, and kept', async () => {
    const orderItems = { [await givenProduct()]: 2 };
    await divided.stopService('payments');
    let heard: ChargeOrder | undefined;
    const stopCharges = await loseAnswers(nats, paymentRequests.charge, (charge) => (heard = charge));
    const stopOutcomes = await answerInstead(() => ({
      outcome: 'captured',
      payment: {
        ...{ paymentId: heard?.paymentId, orderId: heard?.orderId, amount: heard?.amount },
        ...{ status: 'CAPTURED', method: { type: 'card', last4: '4242' }, version: 1 },
        ...{ createdAt: new Date().toISOString(), updatedAt: new Date().toISOString() },
      },
    }));
    const placed = await shop.place({ items: orderItems }).expect(201);
    stopCharges();
    stopOutcomes();
    expect(placed.body.paymentId).toBe(heard?.paymentId);
    expect(await shop.timeline(placed.body.orderId)).toContain('payment.captured');
    expect(await divided.openTasks()).toBe(0);
  });

  it('a refund whose answer is in doubt there keeps the cancellation, which is completed', async () => {
    const { orderId } = (await shop.place({ items: { [await givenProduct()]: 2 } }).expect(201)).body;
    divided.watched.fail(/refund$/, 429);
    divided.watched.fail(/refund$/, 'unanswered', 1);
    expect((await shop.act(orderId, 'cancel')).status).toBeGreaterThanOrEqual(500);
    expect(await statusesOf(orderId)).toEqual(['REFUNDED']);
    expect(await cancellations()).toBe(1);
    divided.watched.heal();
    await divided.abandonCalls();
    await until(async () => (await shop.order(orderId)).status === 'CANCELLED');
    expect(await cancellations()).toBe(0);
  });

  it('a payment that is between two owners is waited for', async () => {
    const items = { [await givenProduct()]: 1 };
    await divided.release('payments', 'service');
    const placing = shop.place({ items }).then(({ status }) => status);
    await sleep(300);
    await divided.grant('payments', 'monolith');
    expect(await placing).toBe(201);
    await divided.handOver('payments', 'service');
  });
});

describe('while all messages are the service’s', () => {
  beforeAll(() => divided.handOver('notifications', 'service'));

  it('and it is down, orders go on, and customers are told once when it is back', async () => {
    const email = newEmail();
    await divided.stopService('notifications');
    await shop.place({ items: { [await givenProduct()]: 1 }, contact: { email } }).expect(201);
    expect(await divided.openTasks()).toBe(1);
    await divided.startService('notifications');
    await divided.tryTasksNow();
    await until(async () => (await mailsTo(email)).length > 0);
    await divided.untilNothingIsOpen();
    expect(await mailsTo(email)).toHaveLength(1);
  });

  it('and are handed back before it returns, the monolith tells them', async () => {
    const email = newEmail();
    await divided.stopService('notifications');
    await shop.place({ items: { [await givenProduct()]: 1 }, contact: { email } }).expect(201);
    await divided.handOver('notifications', 'monolith');
    await divided.tryTasksNow();
    await until(async () => (await mailsTo(email)).length === 1);
    await divided.handOver('notifications', 'service');
  });
});

describe('a monolith that dies', () => {
  const startVictim = () =>
    startMonolithProcess({
      MYSQL_URL: divided.monolith.databaseUrl,
      NATS_URL: divided.broker.url,
      PAYMENT_PROVIDER_URL: divided.providers.url,
      SMTP_URL: testServers().smtpUrl,
      STOCK_RECOVERY_AFTER_MS: '600000',
      PAYMENT_RECOVERY_AFTER_MS: '600000',
    });
  beforeAll(() => divided.handOver('payments', 'service'));

  it('between charge and commit leaves neither order nor money taken', async () => {
    const product = await givenProduct();
    const victim = await startVictim();
    // It connects to NATS while it listens already.
    const first = { items: { [await givenProduct()]: 1 } };
    await until(async () => (await shopClient(victim.url).place(first)).status === 201);
    let killed: Promise<void> | undefined;
    divided.watched.onAnswer(/POST \/charges$/, () => (killed ??= victim.kill()));
    const before = (await divided.providers.charges()).length;
    await shopClient(victim.url)
      .place({ items: { [product]: 2 } })
      .then(ignoreLostAnswer, ignoreLostAnswer);
    await killed;
    const charges = async () => (await divided.providers.charges()).slice(before);
    await until(async () => (await charges()).some(({ status }) => status === 'CAPTURED'));
    expect(await divided.openTasks()).toBe(1);
    await divided.tryTasksNow();
    await divided.untilNothingIsOpen();
    await until(async () => (await charges()).every(({ status }) => status === 'REFUNDED'));
    expect(await shop.stock(product)).toEqual([10, 0, 1]);
  });

  it('between refund and commit has its cancellation completed by others', async () => {
    const email = newEmail();
    const placed = await shop.place({ items: { [await givenProduct()]: 2 }, contact: { email } }).expect(201);
    const { orderId } = placed.body;
    const victim = await startVictim();
    let killed: Promise<void> | undefined;
    divided.watched.onAnswer(/refund$/, () => (killed ??= victim.kill()));
    await until(async () => {
      await shopClient(victim.url).act(orderId, 'cancel').then(ignoreLostAnswer, ignoreLostAnswer);
      return killed !== undefined;
    });
    await killed;
    await divided.abandonCalls();
    await until(async () => (await shop.order(orderId)).status === 'CANCELLED');
    expect(await statusesOf(orderId)).toEqual(['REFUNDED']);
    await until(async () => (await mailsTo(email)).length === 2);
    expect(await cancellations()).toBe(0);
  });
});

function linked() {
  return { connection: () => nats, close: async () => undefined };
}

async function answerInstead(answer: () => unknown): Promise<() => void> {
  const subscription = nats.subscribe(serviceSubject(paymentRequests.outcome), {
    callback: (_error, message) => void message.respond(JSON.stringify(answer())),
  });
  await nats.flush();
  return () => subscription.unsubscribe();
}
