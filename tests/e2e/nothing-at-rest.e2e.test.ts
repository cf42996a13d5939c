import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Connection, createConnection } from 'mysql2/promise';
import { until } from '../support/until.js';
import { type CapabilityShop, startCapabilityShop } from './support/capability-shop.js';
import { findInFiles } from './support/find-in-files.js';

/**
 * Customers order through both sides, while data move and programs are killed. Then every byte of the data folder is searched:
 * tables, binary log, redo and undo logs, streams, logs of all programs.
 */
const mark = randomBytes(6).toString('hex');
const canary = `card${mark}`;
const cardOf = (kind: 'visa' | 'chargeDeclined' | 'flaky' | 'timeout') => `tok_${kind}_${canary}`;
const cards = [cardOf('visa'), cardOf('chargeDeclined'), cardOf('flaky'), cardOf('timeout')];
const email = `mail${mark}@customers.example`;
const why = ['--reason', 'end-to-end test'];

let shop: CapabilityShop;
let database: Connection;

beforeAll(async () => {
  shop = await startCapabilityShop(['basket', 'candle'], 1_000);
  database = await createConnection(shop.mysqlAdminUrl);
});
afterAll(async () => {
  await database?.end();
  await shop?.stop();
});

/** @returns the status, or 0 where no answer came */
async function send(path: string, body: string, key: string = randomUUID()): Promise<number> {
  try {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const sent = await fetch(new URL(path, shop.addresses.gateway), { method: 'POST', headers, body });
    await sent.arrayBuffer();
    return sent.status;
  } catch {
    return 0;
  }
}

const orderWith = (token: string) =>
  JSON.stringify({
    customerId: `customer-${randomUUID()}`,
    items: [{ productId: 'basket', quantity: 1 }],
    payment: { type: 'card', token },
    contact: { email },
  });

const place = (token: string, key?: string) => send('/orders', orderWith(token), key);

const pay = (token: string) =>
  send(
    '/payments',
    JSON.stringify({
      ...{ orderId: randomUUID(), amount: { amount: 100, currency: 'GBP' } },
      method: { type: 'card', token },
    }),
  );

/** Each card, again with its key, and with mistakes that programs answer with an error. */
async function orderSome(): Promise<number[]> {
  const statuses: number[] = [];
  for (const token of cards) {
    const key = randomUUID();
    statuses.push(await place(token, key), await place(token, key), await pay(token));
    await send('/orders', orderWith(`${token} with a blank`));
    await send('/orders', orderWith(token).slice(0, -2));
    await send('/orders', orderWith(token).replace('"items"', '"things"'));
    await send('/orders', orderWith(token).replace('GBP', '\ud800'), key);
  }
  return statuses;
}

async function openSagas(): Promise<number> {
  const [rows] = await database.query('SELECT COUNT(*) AS open FROM orders.sagas WHERE subject IS NOT NULL');
  return (rows as { open: number }[])[0]?.open ?? 0;
}

/** The tables in which a text stands, as `schema.table`. */
async function tablesWith(text: string): Promise<string[]> {
  const [tables] = await database.query(
    `SELECT table_schema AS place, table_name AS name FROM information_schema.tables
     WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('mysql', 'sys', 'performance_schema')`,
  );
  const found: string[] = [];
  for (const { place: schema, name } of tables as { place: string; name: string }[]) {
    const [rows] = await database.query('SELECT * FROM ??.??', [schema, name]);
    if (JSON.stringify(rows).includes(text)) found.push(`${schema}.${name}`);
  }
  return found.toSorted();
}

/** Where the token of a card stands: files and tables, since a server keeps much of its tables in memory. */
async function cardsAtRest(): Promise<string[]> {
  const files = (await findInFiles(shop.dataDir, [canary])).get(canary) ?? [];
  return [...files, ...(await tablesWith(canary))];
}

describe('orders through both sides, while programs fail', () => {
  it('are placed at the monolith', async () => {
    expect(await orderSome()).toContain(201);
  });

  it('are placed at both sides, and moved half-way', async () => {
    await shop.done('handover', 'payments', '--percent', '50', ...why);
    await shop.done('handover', 'orders', '--percent', '50', ...why);
    expect(await orderSome()).toContain(201);
    await shop.done('handover', 'orders', '--percent', '100', ...why);
    expect(await orderSome()).toContain(201);
  });

  it('are under way at the service while payments stand still: no card is at rest then', async () => {
    const paused = shop.pause('payments');
    const placing = Array.from({ length: 8 }, () => place(cardOf('visa')));
    try {
      await until('sagas are open', async () => (await openSagas()) > 0);
      const killed = shop.kill('orders');
      await until('orders run again', () => shop.isBack('orders', killed));
      expect(await openSagas()).toBeGreaterThan(0);
      expect(await cardsAtRest()).toEqual([]);
    } finally {
      shop.goOn(paused);
      await Promise.all(placing);
    }
  });

  it('are rolled back in the middle, and end', async () => {
    const placing = [orderSome(), orderSome()];
    const killed = shop.kill('orders-sidecar');
    await shop.done('rollback', 'orders', ...why);
    await shop.done('rollback', 'payments', ...why);
    await Promise.all(placing);
    await until('the sidecar runs again', () => shop.isBack('orders-sidecar', killed));
    await until('all sagas have ended', async () => (await openSagas()) === 0);
  });
});

describe('afterwards', () => {
  let found: Map<string, string[]>;
  beforeAll(async () => {
    found = await findInFiles(shop.dataDir, [canary, email]);
  });

  it('no card’s token stands in any file or table', async () => {
    expect(found.get(canary)).toEqual([]);
    expect(await tablesWith(canary)).toEqual([]);
  });

  it('an address stands in the records of the business, and in no log of a program', async () => {
    const files = found.get(email) ?? [];
    // The search sees what it has to: binary logs, tables and streams.
    for (const kind of [/^mysql\/.*bin.*\.\d+$/, /^mysql\/ib_logfile/, /^nats\//])
      expect(files).toContainEqual(expect.stringMatching(kind));
    expect(files.filter((file) => !/^(mysql|nats|mail)\//.test(file))).toEqual([]);
    expect(await tablesWith(email)).toEqual(tablesOfAddresses);
  });
});

/** Orders and messages, the answers that are remembered under their keys, what was said of them, and what queries read. */
const tablesOfAddresses = [
  'notifications.notifications',
  'orders.order_views',
  'orders.orders',
  'orders.orders_idempotency',
  'orders.orders_outbox',
  'shop.notifications',
  'shop.orders',
  'shop.orders_idempotency',
  'shop.orders_outbox',
];
