import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { testServers } from '../../tests/support/servers.js';
import { until } from '../../tests/support/until.js';
import {
  startTestProviders,
  type TestProviders,
} from '../../deploy/sandboxes/providers/test/start-test-providers.js';
import { abandonCalls, countRows, mailsTo, newEmail, shopClient } from './shop-client.js';
import { type MonolithProcess, startMonolithProcess } from './start-monolith-process.js';
import { startTestMonolith, type TestMonolith } from './start-test-monolith.js';
import { startWatchedProviders, type WatchedProviders } from './start-watched-providers.js';

let providers: TestProviders;
let watched: WatchedProviders;
/** Stays alive, and recovers what the other leaves behind. */
let survivor: TestMonolith;
let shop: ReturnType<typeof shopClient>;
/** Is killed at the worst moment. */
let victim: MonolithProcess;

beforeEach(async () => {
  providers = await startTestProviders();
  watched = await startWatchedProviders(providers.url);
  survivor = await startTestMonolith({ providersUrl: providers.url });
  shop = shopClient(survivor.app);
  victim = await startMonolithProcess({
    MYSQL_URL: survivor.databaseUrl,
    PAYMENT_PROVIDER_URL: watched.url,
    SMTP_URL: testServers().smtpUrl,
    PAYMENT_RECOVERY_AFTER_MS: '600000',
  });
  await shop.givenProduct('lantern', 10);
});
afterEach(async () => {
  await victim.kill();
  await survivor.stop();
  await watched.stop();
  await providers.stop();
});

/** What a crash has left is recovered when it is old enough. */
async function recovered(): Promise<void> {
  await abandonCalls(survivor.database);
  await until(allSettled);
}
const allSettled = async () =>
  (await countRows(survivor.database, 'payment_attempts')) === 0 &&
  (await countRows(survivor.database, 'order_cancellations')) === 0;
const statuses = async () => (await providers.charges()).map(({ status }) => status);
const ignoreLostAnswer = () => undefined;

describe('a monolith that dies between charge and commit', () => {
  beforeEach(() => watched.onAnswer(/POST \/charges$/, () => victim.kill()));

  it('leaves neither order nor reservation, and its charge is given back', async () => {
    await shopClient(victim.url)
      .place({ items: { lantern: 2 } })
      .then(ignoreLostAnswer, ignoreLostAnswer);
    expect(await statuses()).toEqual(['CAPTURED']);
    expect(await countRows(survivor.database, 'orders')).toBe(0);
    await recovered();
    expect(await statuses()).toEqual(['REFUNDED']);
    expect(await shop.stock('lantern')).toEqual([10, 0, 1]);
  });

  it('is forgiven when the client tries again at once: the order has the charge that there is', async () => {
    const order = { items: { lantern: 2 }, key: randomUUID() };
    await shopClient(victim.url).place(order).then(ignoreLostAnswer, ignoreLostAnswer);
    await shop.place(order).expect(201);
    expect(await statuses()).toEqual(['CAPTURED']);
    expect(await allSettled()).toBe(true);
  });

  it('leaves a charge that is given back; a late retry places the order with another one', async () => {
    const order = { items: { lantern: 2 }, key: randomUUID() };
    await shopClient(victim.url).place(order).then(ignoreLostAnswer, ignoreLostAnswer);
    await recovered();
    const placed = await shop.place(order).expect(201);
    expect(placed.body).toMatchObject({ status: 'CONFIRMED', version: 4 });
    expect(await statuses()).toEqual(['REFUNDED', 'CAPTURED']);
    expect((await shop.stock('lantern')).slice(0, 2)).toEqual([8, 2]);
  });
});

describe('a monolith that dies while the provider still works on the charge', () => {
  it('leaves a charge that is voided before it can be captured', async () => {
    const lost = shopClient(victim.url)
      .place({ items: { lantern: 1 }, token: 'tok_timeout' })
      .then(ignoreLostAnswer, ignoreLostAnswer);
    await until(async () => watched.asked().includes('POST /charges'));
    // Else it would void the charge by itself, once it has waited for long enough.
    victim.pause();
    await until(async () => (await statuses())[0] === 'PROCESSING');
    await victim.kill();
    await lost;
    await recovered();
    expect(await statuses()).toEqual(['VOIDED']);
  });
});

describe('a monolith that lives on but is slower than recovery', () => {
  it('does not keep an order whose charge was given back', async () => {
    watched.onAnswer(/POST \/charges$/, recovered);
    const { databaseUrl } = survivor;
    const slow = await startTestMonolith({ databaseUrl, providersUrl: watched.url });
    try {
      const answer = await shopClient(slow.app)
        .place({ items: { lantern: 1 } })
        .expect(504);
      expect((await shop.order(answer.headers['location']!.slice('/orders/'.length))).status).toBe(
        'REJECTED',
      );
      expect(await statuses()).toEqual(['REFUNDED']);
      expect(await shop.stock('lantern')).toEqual([10, 0, 3]);
      expect(await countRows(survivor.database, 'payments')).toBe(0);
    } finally {
      await slow.stop();
    }
  });
});

describe('a monolith that dies between refund and commit', () => {
  it('has its order cancelled all the same, with stock and mail, and not shipped before', async () => {
    const email = newEmail();
    const { orderId } = (await shop.place({ items: { lantern: 2 }, contact: { email } }).expect(201)).body;
    watched.onAnswer(/refund$/, () => victim.kill());
    await shopClient(victim.url).act(orderId, 'cancel').then(ignoreLostAnswer, ignoreLostAnswer);
    expect(await statuses()).toEqual(['REFUNDED']);
    const shipping = await shop.act(orderId, 'ship', { carrier: 'DHL', trackingNumber: '1' });
    expect(shipping.body.code).toBe('invalid_state');
    await recovered();
    expect((await shop.order(orderId)).status).toBe('CANCELLED');
    expect(await shop.stock('lantern')).toEqual([10, 0, 3]);
    await until(async () => (await mailsTo(email)).length === 2);
  });

  it('has its payment marked as refunded all the same', async () => {
    const { orderId, paymentId } = (await shop.place({ items: { lantern: 2 } }).expect(201)).body;
    watched.onAnswer(/refund$/, () => victim.kill());
    await request(victim.url).post(`/payments/${paymentId}/refund`).then(ignoreLostAnswer, ignoreLostAnswer);
    await recovered();
    const payment = (await request(survivor.app).get(`/payments/${paymentId}`)).body;
    expect(payment).toMatchObject({ status: 'REFUNDED', version: 2 });
    expect((await shop.order(orderId)).status).toBe('CONFIRMED');
  });
});
