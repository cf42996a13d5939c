import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { QueryTypes, type Sequelize, type Transaction } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { createOutboxTable } from '#platform/database/outbox-table.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';
import { createTestDatabase, type TestDatabase } from '../../../tests/support/servers.js';
import { recordEvents } from '../record-events.js';

const now = new Date('2026-03-04T05:06:07.089Z');
const confirmed = (key: string) => ({ type: 'orders.confirmed.v1', key, data: { orderId: key } });

describe('an event', () => {
  let schema: TestDatabase;
  let database: Sequelize;
  beforeAll(async () => {
    schema = await createTestDatabase('outbox');
    database = connectDatabase(schema.url);
    await createOwnershipTable(database.getQueryInterface(), 'orders', true);
    await createOutboxTable(database.getQueryInterface(), 'orders');
  });
  afterAll(async () => {
    await database.close();
    await schema.drop();
  });

  const said = () =>
    database.query<{ event_key: string; epoch: number; occurred_at: Date; data: string }>(
      'SELECT event_key, epoch, occurred_at, data FROM orders_outbox ORDER BY sequence',
      { type: QueryTypes.SELECT },
    );
  const guarded = (key: string, work: (transaction: Transaction) => Promise<void>) =>
    database.transaction(async (transaction) => {
      await guardKeys(database, 'orders', [key], transaction);
      await work(transaction);
    });

  it('is said by the transaction that does it, with the epoch of its bucket', async () => {
    await database.query('UPDATE orders_ownership SET epoch = 7 WHERE bucket = ?', {
      replacements: [bucketOfKey('orders', 'o-1')],
    });
    await guarded('o-1', (transaction) =>
      recordEvents(database, [confirmed('o-1'), confirmed('o-1')], now, transaction),
    );
    const row = { event_key: 'o-1', epoch: 7, occurred_at: now, data: '{"orderId":"o-1"}' };
    expect(await said()).toEqual([row, row]);
  });

  it('is not said by one that is rolled back', async () => {
    const before = await said();
    const failed = guarded('o-2', async (transaction) => {
      await recordEvents(database, [confirmed('o-2')], now, transaction);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(await said()).toEqual(before);
  });

  it('is not said by a side that does not own its key, whatever has been guarded', async () => {
    const before = await said();
    await database.query("UPDATE orders_ownership SET state = 'released' WHERE bucket = ?", {
      replacements: [bucketOfKey('orders', 'o-3')],
    });
    const refused = database.transaction((transaction) =>
      recordEvents(database, [confirmed('o-3')], now, transaction),
    );
    await expect(refused).rejects.toMatchObject({ code: 'not_owner' });
    expect(await said()).toEqual(before);
  });

  it('is not recorded with one of another capability', async () => {
    const other = { type: 'payments.captured.v1', key: 'p-1', data: {} };
    const refused = database.transaction((transaction) =>
      recordEvents(database, [confirmed('o-1'), other], now, transaction),
    );
    await expect(refused).rejects.toThrow('not of one capability');
  });
});
