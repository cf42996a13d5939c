import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { inventoryRequests, type OrderStock, orderStockSchema } from '#contracts/shop/inventory-requests.js';
import { serviceSubject } from '#contracts/strangler/service-endpoint.js';
import { askService } from '#platform/messaging/ask-service.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { listenJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { loseAnswers } from '../../tests/support/lose-answers.js';
import { testServers } from '../../tests/support/servers.js';
import { wideMs } from '../../tests/support/wide-limits.js';
import { until } from '../../tests/support/until.js';
import { shopClient } from './shop-client.js';
import { type DividedShop, startDividedShop } from './start-divided-shop.js';
import { type MonolithProcess, startMonolithProcess } from './start-monolith-process.js';
import { startTestMonolith } from './start-test-monolith.js';
import { startWatchedProviders, type WatchedProviders } from './start-watched-providers.js';

const shipment = { carrier: 'DHL', trackingNumber: '1' };
const ignoreLostAnswer = () => undefined;

let divided: DividedShop;
let shop: DividedShop['shop'];
/** The test's own way to the broker. */
let nats: NatsConnection;

beforeEach(async () => {
  divided = await startDividedShop();
  ({ shop } = divided);
  nats = await connectNats('test', divided.broker.url);
  await divided.givenStock(10, { lantern: 'monolith', candle: 'service' });
});
afterEach(async () => {
  await nats.close();
  await divided.stop();
});

const both = { items: { lantern: 2, candle: 3 } };
const lantern = () => divided.stockAt('monolith', 'lantern');
const candle = () => divided.stockAt('service', 'candle');

/** Hears what the service is asked, and does not answer. @returns ends it; the broker knows of it by then */
async function listenInstead(
  verb: 'reserve' | 'release',
  heard: (order: OrderStock) => void,
): Promise<() => void> {
  const subject = serviceSubject(inventoryRequests[verb]);
  const schema = orderStockSchema as z.ZodType<OrderStock>;
  const stopListening = listenJson(nats, subject, schema, heard, ignoreLostAnswer);
  await nats.flush();
  return stopListening;
}

const ask = (verb: 'reserve' | 'release' | 'ship', order: OrderStock) =>
  askService(
    { connection: () => nats, close: async () => undefined },
    inventoryRequests[verb],
    order,
    wideMs,
  );

const tryTasksNow = () =>
  divided.monolith.database.query('UPDATE order_tasks SET next_try_at = UTC_TIMESTAMP(3)');

/** Has no task tried for an hour. One that is being tried, which is leased for 30 s, would be due soon after it fails: its end is waited for. */
async function holdTasks(): Promise<void> {
  const due = 'SELECT 1 FROM order_tasks WHERE next_try_at < UTC_TIMESTAMP(3) + INTERVAL 30 MINUTE LIMIT 1';
  await until(async () => {
    await divided.monolith.database.query(
      `UPDATE order_tasks SET next_try_at = UTC_TIMESTAMP(3) + INTERVAL 1 HOUR
       WHERE next_try_at < UTC_TIMESTAMP(3) + INTERVAL 15 SECOND`,
    );
    return (await divided.monolith.database.query(due))[0].length === 0;
  });
}

describe('while the inventory service is down', () => {
  it('orders of what it owns are refused for the moment, and leave nothing behind; others go on', async () => {
    await divided.stopService();
    const refused = await shop.place(both).expect(503);
    expect(refused.body).toMatchObject({ code: 'unavailable', detail: 'Inventory service is unavailable' });
    expect(refused.headers['retry-after']).toBe('2');
    expect([await lantern(), await candle()]).toEqual([
      [10, 0, 1],
      [10, 0, 1],
    ]);
    expect(await divided.openTasks()).toBe(0);
    await shop.place({ items: { lantern: 1 } }).expect(201);
  });

  it('what is decided for an order stands, and is done when the service is back', async () => {
    const place = async () => (await shop.place(both).expect(201)).body.orderId;
    const [toShip, toCancel] = [await place(), await place()];
    await divided.stopService();
    await shop.act(toShip, 'ship', shipment).expect(200);
    await shop.act(toCancel, 'cancel').expect(200);
    expect([await lantern(), await candle()]).toEqual([
      [8, 0, 5],
      [4, 6, 3],
    ]);
    await divided.startService();
    await divided.untilNothingIsOpen();
    expect(await candle()).toEqual([7, 0, 5]);
  });

  it('and what it owned is handed back before it returns, the monolith does what is left', async () => {
    const { orderId } = (await shop.place(both).expect(201)).body;
    await divided.stopService();
    await shop.act(orderId, 'cancel').expect(200);
    await divided.handOver(['candle'], 'monolith');
    await divided.untilNothingIsOpen();
    expect(await divided.stockAt('monolith', 'candle')).toEqual([10, 0, 3]);
  });
});

describe('while NATS is down', () => {
  it('orders of what the service owns are refused, others go on, and all is well when it is back', async () => {
    await divided.broker.kill();
    expect((await shop.place(both).expect(503)).body.detail).toBe('Inventory service is unavailable');
    await shop.place({ items: { lantern: 1 } }).expect(201);
    await divided.broker.start();
    await until(async () => (await shop.place(both)).status === 201);
    await divided.untilNothingIsOpen();
    expect((await candle()).slice(0, 2)).toEqual([7, 3]);
  });
});

describe('a reservation whose answer is lost', () => {
  it('is taken back, cannot come late, and does not keep the order from being placed again', async () => {
    await divided.stopService();
    let heard: OrderStock | undefined;
    const stopListening = await loseAnswers(nats, inventoryRequests.reserve, (order) => (heard = order));
    const order = { ...both, key: randomUUID() };
    await shop.place(order).expect(503);
    stopListening();
    expect(await lantern()).toEqual([10, 0, 1]);
    await divided.startService();
    await divided.untilNothingIsOpen();
    const late = await ask('reserve', heard!);
    expect(late).toMatchObject({ kind: 'refused', error: { code: 'invalid_state' } });
    expect(await candle()).toEqual([10, 0, 1]);
    await shop.place(order).expect(201);
    expect([await lantern(), await candle()]).toEqual([
      [8, 2, 2],
      [7, 3, 2],
    ]);
  });

  it('but which was made is taken over by the order when it is placed again at once', async () => {
    await divided.stopService();
    let heard: OrderStock | undefined;
    const stopListening = await loseAnswers(nats, inventoryRequests.reserve, (order) => (heard = order));
    const order = { ...both, key: randomUUID() };
    await shop.place(order).expect(503);
    stopListening();
    // What would take it back comes last.
    await holdTasks();
    await divided.startService();
    expect(await ask('reserve', heard!)).toMatchObject({ kind: 'answer' });
    await shop.place(order).expect(201);
    await tryTasksNow();
    await divided.untilNothingIsOpen();
    expect([await lantern(), await candle()]).toEqual([
      [8, 2, 2],
      [7, 3, 2],
    ]);
  });

  it('changes nothing when it arrives a second time, before and after the order is shipped', async () => {
    const heard: OrderStock[] = [];
    const stopListening = await listenInstead('reserve', (order) => void heard.push(order));
    const { orderId } = (await shop.place(both).expect(201)).body;
    await until(async () => heard.some((order) => order.orderId === orderId));
    stopListening();
    const reservation = heard.find((order) => order.orderId === orderId)!;
    expect(await ask('reserve', reservation)).toEqual(expect.objectContaining({ kind: 'answer' }));
    expect(await candle()).toEqual([7, 3, 2]);
    await shop.act(orderId, 'ship', shipment).expect(200);
    expect(await ask('reserve', reservation)).toMatchObject({ kind: 'refused' });
    expect(await ask('ship', reservation)).toMatchObject({ kind: 'answer' });
    expect(await candle()).toEqual([7, 0, 3]);
  });
});

describe('an order that fails after its stock was reserved', () => {
  it('leaves none reserved, on neither side', async () => {
    await divided.providers.goDown();
    await shop.place(both).expect(503);
    expect(await lantern()).toEqual([10, 0, 1]);
    await divided.untilNothingIsOpen();
    expect(await candle()).toEqual([10, 0, 3]);
    await divided.providers.comeBack();
  });
});

describe('a product that is between two owners', () => {
  it('is waited for by its orders', async () => {
    await divided.release(['candle'], 'service');
    const placing = shop.place(both).then((answer) => answer.status);
    await sleep(300);
    await divided.grant(['candle'], 'monolith');
    expect(await placing).toBe(201);
    expect(await divided.stockAt('monolith', 'candle')).toEqual([7, 3, 2]);
  });

  it('is not waited for for long, and nothing is half done then', async () => {
    const { databaseUrl } = divided.monolith;
    const options = { databaseUrl, natsUrl: divided.broker.url, providersUrl: divided.providers.url };
    const impatient = await startTestMonolith({ ...options, ownerTimeoutMs: 500, idle: true });
    await divided.release(['candle'], 'service');
    const refused = await shopClient(impatient.app).place(both).expect(503);
    await impatient.stop();
    expect(refused.body.detail).toMatch(/^Inventory service is unavailable: .* handed over/);
    expect(refused.headers['retry-after']).toBe('1');
    expect(await lantern()).toEqual([10, 0, 1]);
    expect(await divided.openTasks()).toBe(0);
  });

  it('keeps no lock of an order that waits for it', async () => {
    await divided.release(['candle'], 'service');
    let waiting = true;
    const placing = shop.place(both).then(({ status }) => ((waiting = false), status));
    await sleep(100);
    await divided.release(['lantern'], 'monolith');
    expect(waiting).toBe(true);
    await divided.grant(['candle'], 'monolith');
    await divided.grant(['lantern'], 'service');
    expect(await placing).toBe(201);
  });
});

describe('a monolith that dies', () => {
  let watched: WatchedProviders;
  let victim: MonolithProcess;

  beforeEach(async () => {
    watched = await startWatchedProviders(divided.providers.url);
    victim = await startMonolithProcess({
      MYSQL_URL: divided.monolith.databaseUrl,
      NATS_URL: divided.broker.url,
      PAYMENT_PROVIDER_URL: watched.url,
      SMTP_URL: testServers().smtpUrl,
      STOCK_RECOVERY_AFTER_MS: '600000',
    });
    // It connects to NATS while it listens already.
    await until(async () => (await shopClient(victim.url).place({ items: { candle: 1 } })).status === 201);
  });
  afterEach(async () => {
    await victim.kill();
    await watched.stop();
  });

  it('between reservation and commit leaves no units reserved', async () => {
    watched.onAnswer(/POST \/charges$/, () => victim.kill());
    await shopClient(victim.url).place(both).then(ignoreLostAnswer, ignoreLostAnswer);
    expect(await candle()).toEqual([6, 4, 3]);
    expect(await lantern()).toEqual([10, 0, 1]);
    expect(await divided.openTasks()).toBe(1);
    await tryTasksNow();
    await divided.untilNothingIsOpen();
    expect(await candle()).toEqual([9, 1, 4]);
  });

  it('between commit and what follows from it has that done by others', async () => {
    const { orderId } = (await shop.place(both).expect(201)).body;
    await divided.stopService();
    let killed = Promise.resolve();
    const stopListening = await listenInstead('release', () => (killed = victim.kill()));
    await shopClient(victim.url).act(orderId, 'cancel').then(ignoreLostAnswer, ignoreLostAnswer);
    await killed;
    stopListening();
    expect((await shop.order(orderId)).status).toBe('CANCELLED');
    await divided.startService();
    await divided.untilNothingIsOpen();
    expect(await candle()).toEqual([9, 1, 4]);
  });
});
