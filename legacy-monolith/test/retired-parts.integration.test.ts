import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { QueryInterface, Sequelize } from 'sequelize';
import request from 'supertest';
import type { Move } from '#contracts/strangler/move.js';
import { archivedName } from '#contracts/strangler/retirement.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { moves } from '../../migrations/moves/index.js';
import { monolithMigrations } from '../../migrations/schema/monolith/index.js';
import { until } from '../../tests/support/until.js';
import { type DividedCapabilities, startDividedCapabilities } from './start-divided-capabilities.js';
import { type DividedShop, startDividedShop } from './start-divided-shop.js';
import { startTestMonolith, type TestMonolith } from './start-test-monolith.js';
import { mailsTo, newEmail, shopClient } from './shop-client.js';

const silent = createLogger('monolith', 'silent');
const open: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.stop();
});

async function start(databaseUrl?: string): Promise<TestMonolith> {
  const monolith = await startTestMonolith(databaseUrl === undefined ? {} : { databaseUrl });
  open.push(monolith);
  return monolith;
}

const setState = (database: Sequelize, capability: string, state: string) =>
  database.query(
    `REPLACE INTO strangler_retirement (capability, state, lives_at, changed_at)
     VALUES (?, ?, ?, UTC_TIMESTAMP(3))`,
    { replacements: [capability, state, `the ${capability} service`] },
  );

/** As the sidecar does it, once the service owns everything. */
async function archive(database: Sequelize, { capability, tables, leftBehind }: Move): Promise<void> {
  await database.query(`UPDATE ${capability}_ownership SET state = 'released'`);
  for (const table of [...tables.map(({ monolith }) => monolith.table), ...(leftBehind?.tables ?? [])])
    await database.query(`RENAME TABLE ${table} TO ${archivedName(table)}`);
  await setState(database, capability, 'archived');
}

async function closedAt({ app }: TestMonolith, path: string): Promise<boolean> {
  return (await request(app).get(path)).status === 410;
}

describe('a closed part of the monolith', () => {
  it('answers 410 with where it lives now, whatever is asked, at every instance, and opens again', async () => {
    const one = await start();
    const other = await start(one.databaseUrl);
    await shopClient(one.app).givenProduct('p1', 3);
    await setState(one.database, 'inventory', 'leaving');
    await request(one.app).get('/inventory/p1').expect(200);
    await setState(one.database, 'inventory', 'closed');
    await until(async () => (await closedAt(one, '/inventory/p1')) && closedAt(other, '/inventory/p1'));
    const refused = await request(other.app).put('/inventory/p1').send({ nonsense: true }).expect(410);
    expect(refused.type).toBe('application/problem+json');
    expect(refused.body).toMatchObject({
      ...{ status: 410, code: 'gone', title: 'Gone', instance: '/inventory/p1' },
      detail: expect.stringContaining('answered by the inventory service'),
    });
    await request(one.app).get('/products/p1').expect(200);
    const late = await start(one.databaseUrl);
    expect(await closedAt(late, '/inventory')).toBe(true);
    await one.database.query('DELETE FROM strangler_retirement');
    await until(
      async () => !(await closedAt(one, '/inventory/p1')) && !(await closedAt(late, '/inventory/p1')),
    );
  });

  it('notes what it is asked, and which instances have closed it', async () => {
    const { app, database } = await start();
    await request(app).get('/payments?limit=1').expect(200);
    await request(app).get('/products').expect(200);
    await setState(database, 'payments', 'closed');
    const rows = async (sql: string) => JSON.stringify((await database.query(sql))[0]);
    await until(
      async () => (await rows('SELECT closed FROM strangler_instances')) === '[{"closed":"payments"}]',
    );
    await until(async () =>
      (await rows('SELECT endpoint FROM strangler_uses WHERE capability = "payments"')).includes(
        'GET /payments',
      ),
    );
  });
});

describe('the monolith without the tables of all four', () => {
  it('starts, serves the catalogue, and takes the steps of a newer version', async () => {
    const before = await start();
    for (const move of moves) await archive(before.database, move);
    const monolith = await start(before.databaseUrl);
    await request(monolith.app)
      .put('/products/p1')
      .send({ name: 'A lamp', price: { amount: 250, currency: 'GBP' } })
      .expect(201);
    await request(monolith.app).get('/products').expect(200);
    for (const path of ['/orders', '/inventory', '/payments', '/notifications', '/customers/c1/summary'])
      expect(await closedAt(monolith, path)).toBe(true);
    await migrateSchema(monolith.database, [...monolithMigrations, addsAColumn, addsATable], silent);
    const [tables] = await monolith.database.query("SHOW TABLES LIKE 'product_labels'");
    expect(tables).toHaveLength(1);
    const [steps] = await monolith.database.query("SELECT name FROM schema_migrations WHERE name LIKE '9%'");
    expect(steps).toHaveLength(2);
  });

  const addsAColumn = {
    name: '9000-stock-places',
    capability: 'inventory',
    up: (schema: QueryInterface) =>
      schema.addColumn('stock_items', 'place', { type: 'INT', allowNull: true }),
  };
  const addsATable = {
    name: '9001-product-labels',
    capability: 'catalogue',
    up: (schema: QueryInterface) => schema.createTable('product_labels', { id: { type: 'INT' } }),
  };

  it('is the same on tables that are in use: then the step does its work', async () => {
    const { database } = await start();
    await migrateSchema(database, [...monolithMigrations, addsAColumn], silent);
    const [columns] = await database.query("SHOW COLUMNS FROM stock_items LIKE 'place'");
    expect(columns).toHaveLength(1);
  });

  it('has no step after 0060 that does not say whose tables it is about', () => {
    const later = monolithMigrations.filter(({ name }) => name > '0060-retirement');
    expect(later.filter(({ capability }) => capability === undefined)).toEqual([]);
  });
});

describe('orders of the monolith', () => {
  let stock: DividedShop;
  let others: DividedCapabilities;

  beforeAll(async () => {
    [stock, others] = [await startDividedShop(), await startDividedCapabilities()];
  });
  afterAll(async () => {
    await stock.stop();
    await others.stop();
  });

  const moveOf = (name: string) => moves.find(({ capability }) => capability === name)!;

  it('find their stock at the service when the monolith has no table for it', async () => {
    await stock.givenStock(10, { a: 'service' });
    await archive(stock.monolith.database, moveOf('inventory'));
    await until(() => closedAt(stock.monolith, '/inventory'));
    const placed = await stock.shop.place({ items: { a: 2 } }).expect(201);
    expect((await stock.stockAt('service', 'a')).slice(0, 2)).toEqual([8, 2]);
    await stock.shop.act(placed.body.orderId, 'cancel').expect(200);
    await stock.untilNothingIsOpen();
    expect((await stock.stockAt('service', 'a')).slice(0, 2)).toEqual([10, 0]);
    const shipped = await stock.shop.place({ items: { a: 1 } }).expect(201);
    await stock.shop.act(shipped.body.orderId, 'ship', { carrier: 'Post', trackingNumber: '1' }).expect(200);
    await stock.untilNothingIsOpen();
    expect((await stock.stockAt('service', 'a')).slice(0, 2)).toEqual([9, 0]);
  });

  it('are charged, given back and told of when the monolith has no tables for that', async () => {
    const email = newEmail();
    await others.shop.givenProduct('b', 10);
    for (const capability of ['payments', 'notifications'] as const) {
      await others.handOver(capability, 'service');
      await archive(others.monolith.database, moveOf(capability));
      await until(() => closedAt(others.monolith, `/${capability}`));
    }
    const placed = await others.shop.place({ items: { b: 2 }, contact: { email } }).expect(201);
    const declined = { items: { b: 2 }, token: 'tok_chargeDeclined' };
    await others.shop.place(declined).expect(402);
    await others.shop.act(placed.body.orderId, 'cancel').expect(200);
    await others.untilNothingIsOpen();
    const charges = await others.chargesOf(placed.body.orderId);
    expect(charges.map(({ status }) => status)).toEqual(['REFUNDED']);
    await until(async () => (await mailsTo(email)).length === 2);
  });
});
