import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { connectDatabase } from '#platform/database/connect-database.js';
import { createOutboxTable, outboxTable } from '#platform/database/outbox-table.js';
import { until } from '../../tests/support/until.js';
import { createReplication, type Replication } from './support/replication.js';

let replication: Replication;
let table: string;
let rings = 0;

beforeAll(async () => {
  replication = await createReplication({ onSaid: () => (rings += 1) });
  const { capability } = replication.move;
  table = `\`${outboxTable(capability)}\``;
  const database = connectDatabase(replication.sourceUrl);
  await createOutboxTable(database.getQueryInterface(), capability);
  await database.close();
  const capture = await replication.startCapture();
  await replication.startApplier();
  await until('the log is read', async () => capture.status().state === 'reading');
});
beforeEach(() => void (rings = 0));
afterAll(() => replication.end());

const say = (eventId: string) =>
  replication.source.query(
    `INSERT INTO ${table} (event_id, type, event_key, epoch, occurred_at, data)
     VALUES (?, 'stock.changed.v1', 'mug', 1, UTC_TIMESTAMP(3), '{}')`,
    [eventId],
  );

/** What was committed before is known once this has rung. */
async function ringsUntilNow(): Promise<number> {
  const before = rings;
  await say(`last-${before}-${Math.random()}`);
  await until('it has rung for the last one', async () => rings > before);
  return rings - 1;
}

describe('the bell of an outbox', () => {
  it('is rung once for each transaction that says something, however much it says', async () => {
    await say('one');
    await replication.source.query('START TRANSACTION');
    await say('two');
    await say('three');
    await replication.source.query('COMMIT');
    await until('it has rung', async () => rings >= 2);
    expect(await ringsUntilNow()).toBe(2);
  });

  it('is not rung for what was taken back, nor for notes of where events stand', async () => {
    await replication.source.query('START TRANSACTION');
    await say('never');
    await replication.source.query('ROLLBACK');
    await replication.source.query(`UPDATE ${table} SET log_sequence = 7 WHERE event_id = 'one'`);
    await replication.source.query(`DELETE FROM ${table} WHERE event_id = 'two'`);
    await replication.source.query(`INSERT INTO stock_items VALUES ('cup', 1, 0, 1, UTC_TIMESTAMP(3))`);
    expect(await ringsUntilNow()).toBe(0);
  });
});
