import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Express } from 'express';
import { QueryTypes, type Sequelize } from 'sequelize';
import request from 'supertest';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { AppError } from '#platform/errors/app-error.js';
import { forgetOldKeys } from '#platform/database/forget-old-keys.js';
import { rememberAnswers } from '#platform/database/idempotency.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import { runUnmovedWrites } from '#platform/ownership/guard-writes.js';
import {
  startTestInventory,
  type TestInventory,
} from '../../extracted/inventory/test/start-test-inventory.js';
import { startTestMonolith, type TestMonolith } from '../../legacy-monolith/test/start-test-monolith.js';
import { inventory as move } from '../../migrations/moves/inventory.js';
import { handOverByHand } from '../support/hand-over-by-hand.js';
import { until } from '../support/until.js';

let monolith: TestMonolith;
let service: TestInventory;
let apps: Record<Side, Express>;
let databases: Record<Side, Sequelize>;
const tables = { monolith: 'stock_items', service: 'stock_levels' } as const;

beforeAll(async () => {
  [monolith, service] = await Promise.all([startTestMonolith(), startTestInventory()]);
  apps = { monolith: monolith.app, service: service.app };
  databases = { monolith: monolith.database, service: service.database };
});
afterAll(() => Promise.all([monolith.stop(), service.stop()]));

/** A product whose stock this side owns, with all else in its bucket. */
async function givenStock(product: string, owner: Side) {
  await handOverByHand(databases, move, [product], 'monolith');
  await request(apps.monolith)
    .put(`/products/${product}`)
    .send({ name: 'Lantern', price: { amount: 255, currency: 'GBP' } });
  await request(apps.monolith).put(`/inventory/${product}`).send({ available: 10 }).expect(200);
  await handOverByHand(databases, move, [product], owner);
}

const take = (side: Side, product: string, key: string = randomUUID()) =>
  request(apps[side])
    .post(`/inventory/${product}/decrease`)
    .set('idempotency-key', key)
    .send({ quantity: 1 });
const stock = async (side: Side, product: string) =>
  (await request(apps[side]).get(`/inventory/${product}`)).body;

/** The statement of a release, on a connection of its own. */
async function release(side: Side, product: string): Promise<void> {
  const own = connectDatabase(url(side), 1);
  try {
    await own.query(
      "UPDATE inventory_ownership SET state = 'released', epoch = epoch + 1 WHERE bucket = ? AND state = 'owned'",
      { replacements: [bucketOfKey('inventory', product)] },
    );
  } finally {
    await own.close();
  }
}

function url(side: Side): string {
  return side === 'monolith' ? monolith.databaseUrl : service.databaseUrl;
}

/** Does somebody wait for a row in a statement like this? */
async function somebodyRuns(side: Side, statement: string): Promise<boolean> {
  const rows = await databases[side].query(
    `SELECT 1 FROM information_schema.processlist
     WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE ?`,
    { replacements: [statement], type: QueryTypes.SELECT },
  );
  return rows.length > 0;
}

describe.each(['monolith', 'service'] as const)('a write of stock at the %s', (side) => {
  const other = otherSide(side);

  it('is refused where it is not owned, changes nothing, and is not remembered', async () => {
    const product = `refused-${side}`;
    const key = randomUUID();
    await givenStock(product, other);
    const refused = await take(side, product, key).expect(421);
    expect(refused.body).toMatchObject({ code: 'not_owner', instance: `/inventory/${product}/decrease` });
    expect(refused.headers['x-strangler-bucket']).toBe(`${bucketOfKey('inventory', product)}`);
    expect(Number(refused.headers['x-strangler-epoch'])).toBeGreaterThanOrEqual(0);
    await take(other, product, key).expect(200);
    expect(await stock(other, product)).toMatchObject({ available: 9, version: 2 });
    await handOverByHand(databases, move, [product], side);
    const again = await take(side, product, key).expect(200);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await stock(side, product)).toMatchObject({ available: 9, version: 2 });
  });

  it('is not remembered either if it finds out later that it may not be done', async () => {
    const runWrite = rememberAnswers(runUnmovedWrites(databases[side], 'inventory'));
    const write = {
      ...{ capability: 'inventory', idempotencyKey: randomUUID(), requestHash: '', resourceKey: 'late' },
      path: '/inventory/late',
    };
    const late = runWrite(write, () => Promise.reject(new AppError('not_owner', 'Ask the other side')));
    await expect(late).rejects.toMatchObject({ code: 'not_owner' });
    const answer = await runWrite(write, async () => ({ status: 200, body: {} }));
    expect(answer).toMatchObject({ status: 200, replayed: false });
  });

  it('gets the answer that the other side gave, refusals included', async () => {
    const product = `answered-${side}`;
    const key = randomUUID();
    await givenStock(product, other);
    const tooMany = (at: Side) =>
      request(apps[at])
        .post(`/inventory/${product}/decrease`)
        .set('idempotency-key', key)
        .send({ quantity: 99 });
    const first = await tooMany(other).expect(409);
    await handOverByHand(databases, move, [product], side);
    await request(apps[side]).post(`/inventory/${product}/increase`).send({ quantity: 100 }).expect(200);
    const again = await tooMany(side).expect(409);
    expect(again.text).toBe(first.text);
    expect((await take(side, product, key)).status).toBe(422);
  });

  it('that is in flight is waited for by a release, and none passes after it', async () => {
    const product = `raced-${side}`;
    await givenStock(product, side);
    const blocker = await databases[side].transaction();
    await databases[side].query(`SELECT * FROM ${tables[side]} WHERE product_id = ? FOR UPDATE`, {
      replacements: [product],
      transaction: blocker,
    });
    const first = take(side, product).then(({ status }) => status);
    await until('a write waits for the row', () => somebodyRuns(side, `%${tables[side]}%FOR UPDATE%`));
    let released = false;
    const releasing = release(side, product).then(() => (released = true));
    await until('the release waits for the write', () => {
      if (released) throw new Error('the release has not waited for the write');
      return somebodyRuns(side, 'UPDATE inventory_ownership%');
    });
    const second = take(side, product).then(({ status }) => status);
    await until('a later write waits behind the release', () =>
      somebodyRuns(side, '%inventory_ownership%LOCK IN SHARE MODE%'),
    );
    expect(released).toBe(false);
    await blocker.commit();
    expect(await first).toBe(200);
    await releasing;
    expect(await second).toBe(421);
    expect(await stock(side, product)).toMatchObject({ available: 9, version: 2 });
  });

  it('uses one key for products of both sides without making one record of them', async () => {
    const [here, there] = [`here-${side}`, `there-${side}`];
    const key = randomUUID();
    await givenStock(here, side);
    await givenStock(there, other);
    await take(side, here, key).expect(200);
    await take(other, there, key).expect(200);
    await handOverByHand(databases, move, [there], side);
    expect((await take(side, there, key).expect(200)).headers['idempotency-replayed']).toBe('true');
    expect((await take(side, here, key).expect(200)).headers['idempotency-replayed']).toBe('true');
  });

  it('is forgotten after a day by its owner alone', async () => {
    const [here, there] = [`old-here-${side}`, `old-there-${side}`];
    await givenStock(here, side);
    await givenStock(there, other);
    for (const product of [here, there])
      await databases[side].query(
        `INSERT INTO inventory_idempotency VALUES (?, '', ?, 200, '{}', '{}', '2011-01-01')`,
        { replacements: [`old-${product}`, product] },
      );
    await forgetOldKeys(databases[side], 'inventory', (keys, transaction) =>
      holdKeys('inventory', keys, transaction),
    );
    const left = await databases[side].query(
      "SELECT resource_key FROM inventory_idempotency WHERE created_at < '2012-01-01'",
      { type: QueryTypes.SELECT },
    );
    expect(left).toEqual([{ resource_key: there }]);
  });
});
