import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Sequelize, Transaction } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { isDeadlock } from '#platform/database/database-errors.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { bucketOfKey } from '../bucket-of-key.js';
import { chooseOwned } from '../choose-owned.js';
import { guardKeyBeside } from '../guard-beside.js';
import { guardKeys, holdKey } from '../guard-keys.js';
import { guardWrites, runUnmovedWrites } from '../guard-writes.js';
import { createOwnershipTable } from '../ownership-table.js';

let schema: TestDatabase;
let database: Sequelize;
let own: Sequelize;

beforeAll(async () => {
  schema = await createTestDatabase('guards');
  database = connectDatabase(schema.url);
  own = connectDatabase(schema.url, 2);
  await createOwnershipTable(database.getQueryInterface(), 'things', true);
});
afterEach(() => database.query("UPDATE things_ownership SET state = 'owned'"));
afterAll(async () => {
  await Promise.all([database.close(), own.close()]);
  await schema.drop();
});

const bucket = bucketOfKey('things', 'a');
const release = () =>
  database.query("UPDATE things_ownership SET state = 'released' WHERE bucket = ?", {
    replacements: [bucket],
  });
const guard = (transaction: Transaction) => guardKeys(database, 'things', ['a'], transaction);
const guardBeside = () => own.transaction((transaction) => guardKeyBeside(own, 'things', 'a', transaction));

async function releaseWaits(): Promise<boolean> {
  const [rows] = await own.query(
    `SELECT 1 FROM information_schema.processlist
     WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE 'UPDATE things_ownership%'`,
  );
  return rows.length > 0;
}

describe('a guard beside another one of the same caller', () => {
  it('shares the ownership with it, and hands out its own transaction', async () => {
    await database.transaction(async (transaction) => {
      expect(await guard(transaction)).toBe(transaction);
      const guarded = await guardBeside();
      expect(guarded).toHaveProperty('id');
      expect(guarded).not.toBe(transaction);
    });
  });

  it('refuses what is not owned', async () => {
    await release();
    await expect(guardBeside()).rejects.toMatchObject({ code: 'not_owner' });
  });

  it('does not wait for a release that waits for the caller, which begins anew and finds the owner gone', async () => {
    const seen: unknown[] = [];
    let releasing: Promise<unknown> | undefined;
    const caller = runTransaction(database, async (transaction) => {
      await guard(transaction);
      releasing ??= release();
      await until('the release waits', releaseWaits);
      await guardBeside().catch((error: unknown) => {
        seen.push(isDeadlock(error));
        throw error;
      });
    });
    await expect(caller).rejects.toMatchObject({ code: 'not_owner' });
    await releasing;
    expect(seen).toEqual([true]);
  });

  it('keeps a release waiting for as long as it is held', async () => {
    let releasing: Promise<unknown> | undefined;
    let released = false;
    await own.transaction(async (transaction) => {
      await guardKeyBeside(own, 'things', 'a', transaction);
      releasing = release().then(() => (released = true));
      await until('the release waits', releaseWaits);
      expect(released).toBe(false);
    });
    await releasing;
  });
});

describe('a guard of one key', () => {
  const hold = () => database.transaction((transaction) => holdKey('things', 'a', transaction));

  it('hands out the transaction where the key is owned, and nothing where it is not', async () => {
    expect(await hold()).toHaveProperty('id');
    await release();
    expect(await hold()).toBeUndefined();
  });
});

describe('a guard of writes', () => {
  const write = { idempotencyKey: undefined, requestHash: '', resourceKey: 'a', path: '/things/a' };

  it.each([guardWrites, runUnmovedWrites])('runs no write of another capability: %p', async (guardOf) => {
    const run = guardOf(database, 'things');
    const work = () => Promise.resolve('done');
    expect(await run({ capability: 'things', ...write }, work)).toBe('done');
    expect(() => run({ capability: 'others', ...write }, work)).toThrow(
      'a write of others is bound to the guard of things',
    );
  });
});

describe('a choice of what is owned', () => {
  const keys = Array.from({ length: 1_200 }, (_, n) => ({ key: `key-${String(n).padStart(4, '0')}` }));
  const read = (after: { key: string } | undefined, limit: number) => {
    const from = after ? keys.findIndex(({ key }) => key === after.key) + 1 : 0;
    return Promise.resolve(keys.slice(from, from + limit));
  };
  const choose = (limit: number) => chooseOwned(database, 'things', read, limit);

  it('takes the first ones, and no more than wanted', async () => {
    expect(await choose(3)).toEqual(keys.slice(0, 3));
    expect(await choose(5_000)).toEqual(keys);
  });

  it('passes by what the other side owns, however much that is', async () => {
    const last = keys.at(-1)!;
    const ours = bucketOfKey('things', last.key);
    await database.query("UPDATE things_ownership SET state = 'released' WHERE bucket <> ?", {
      replacements: [ours],
    });
    const chosen = await choose(5_000);
    expect(chosen).toEqual(keys.filter(({ key }) => bucketOfKey('things', key) === ours));
    expect(chosen.at(-1)).toEqual(last);
  });

  it('is empty where nothing is owned', async () => {
    await database.query("UPDATE things_ownership SET state = 'released'");
    expect(await choose(10)).toEqual([]);
  });
});
