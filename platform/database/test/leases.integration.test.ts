import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sequelize } from 'sequelize';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { connectDatabase } from '../connect-database.js';
import { createLeaseTable, dropLease, forgetEndedLeases, holdsLease, takeLeases } from '../leases.js';

let schema: TestDatabase;
let database: Sequelize;

beforeAll(async () => {
  schema = await createTestDatabase('leases');
  database = connectDatabase(schema.url);
  await createLeaseTable(database.getQueryInterface(), 'leases');
});
beforeEach(() => database.query('DELETE FROM leases'));
afterAll(async () => {
  await database.close();
  await schema.drop();
});

const minute = 60_000;
const take = (...keys: string[]) => takeLeases(database, 'leases', keys, minute);
const holds = (key: string, holder: string, forMs = 0) =>
  database.transaction((transaction) => holdsLease(database, 'leases', { key, holder, forMs }, transaction));
const endAll = (ago = '0 SECOND') =>
  database.query(`UPDATE leases SET ends_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND - INTERVAL ${ago}`);

describe('leases', () => {
  it('are taken of what nobody holds', async () => {
    const one = await take('b', 'a');
    expect(one.keys).toEqual(new Set(['a', 'b']));
    const other = await take('a', 'b', 'c');
    expect(other.keys).toEqual(new Set(['c']));
    expect(other.holder).not.toBe(one.holder);
    expect((await take()).keys).toEqual(new Set());
  });

  it('go to one of many who want them at the same time', async () => {
    const keys = Array.from({ length: 20 }, (_, n) => `key-${n}`);
    const taken = await Promise.all([take(...keys), take(...keys.toReversed()), take(...keys)]);
    expect(taken.flatMap((leases) => [...leases.keys]).sort()).toEqual([...keys].sort());
  });

  it('are held until they end, and by whoever takes them then', async () => {
    const one = await take('a');
    expect(await holds('a', one.holder)).toBe(true);
    expect(await holds('a', one.holder, minute / 2)).toBe(true);
    expect(await holds('a', one.holder, minute * 2)).toBe(false);
    await endAll();
    expect(await holds('a', one.holder)).toBe(false);
    const other = await take('a');
    expect(other.keys).toEqual(new Set(['a']));
    expect(await holds('a', one.holder)).toBe(false);
  });

  it('are given back by their holder alone', async () => {
    const { holder } = await take('a');
    expect(await dropLease(database, 'leases', { key: 'a', holder: 'another' })).toBe(false);
    expect(await dropLease(database, 'leases', { key: 'a', holder })).toBe(true);
    expect((await take('a')).keys).toEqual(new Set(['a']));
  });

  it('are forgotten long after they ended', async () => {
    await take('old');
    await endAll('2 HOUR');
    await take('a');
    await forgetEndedLeases(database, 'leases');
    const [left] = await database.query('SELECT lease_key FROM leases');
    expect(left).toEqual([{ lease_key: 'a' }]);
  });
});
