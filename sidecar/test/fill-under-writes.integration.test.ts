import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appliedUpToSchema, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import { listenJson } from '#platform/messaging/exchange-json.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';
import { createReplication, eventually, type Replication } from './support/replication.js';
import { writeAtRandom } from './support/write-at-random.js';

describe('a backfill', () => {
  let replication: Replication;

  beforeAll(async () => {
    replication = await createReplication();
    await insertMany(replication.source, 'INSERT INTO stock_items VALUES ?', 'x', 3_000);
    // The random writers' keys lie among them.
    await insertMany(replication.source, 'INSERT INTO stock_items VALUES ?', 'k', 40);
    // Left over on the replica from earlier times: wrong, and not at the source at all.
    await insertMany(replication.replica, 'INSERT INTO stock_levels VALUES ?', 'x1', 9);
    await insertMany(replication.replica, 'INSERT INTO stock_levels VALUES ?', 'stale', 500);
    await insertMany(replication.replica, 'INSERT INTO stock_levels VALUES ?', 'a', 10);
    await insertMany(replication.replica, 'INSERT INTO stock_levels VALUES ?', 'k', 40);
  });
  afterAll(() => replication.end());

  async function expectEqual(): Promise<void> {
    await eventually(async () => {
      expect(await replication.differences()).toEqual([]);
    });
  }

  const progress = () =>
    selectRows<{ complete: number; rowsDone: number; started: string }>(
      replication.replica,
      'SELECT complete, done_rows AS rowsDone, started_at AS started FROM strangler_backfill WHERE source_table = "stock_items"',
    );

  it('begins by itself, goes on where it was after its applier died, and ends with both sides equal under writes', async () => {
    const writers = writeAtRandom(replication.sourceUrl, 3, 42);
    const said: number[] = [];
    const complete: number[] = [];
    const { move, nats } = replication;
    const subject = appliedUpToSubject(move.capability, 'service');
    const stopListening = listenJson(
      nats,
      subject,
      appliedUpToSchema,
      async () => {
        said.push(Date.now());
        complete.push(Number((await progress())[0]?.complete));
      },
      () => undefined,
    );
    await replication.startCapture();
    const first = await replication.startApplier();
    await eventually(async () =>
      expect((await progress())[0]).toMatchObject({ rowsDone: expect.any(Number) }),
    );
    await eventually(async () => expect(Number((await progress())[0]?.rowsDone)).toBeGreaterThan(0));
    await first.stop();
    const [before] = await progress();
    await replication.startApplier();
    await eventually(async () => expect(await progress()).toMatchObject([{ complete: 1 }]));
    await writers.stop();
    await expectEqual();
    const [after] = await progress();
    expect(after?.started).toBe(before?.started);
    // Nothing is said of how far the replica is before it is complete: readers would miss rows.
    await eventually(() => expect(said).not.toEqual([]));
    expect(complete.every((one) => one === 1)).toBe(true);
    stopListening();
  });

  it('mends a replica on request, while it is kept current', async () => {
    const { replica } = replication;
    await replica.query("UPDATE stock_levels SET on_hand = 77 WHERE product_id LIKE 'x10%'");
    await replica.query("DELETE FROM stock_levels WHERE product_id LIKE 'x2%'");
    await insertMany(replica, 'INSERT INTO stock_levels VALUES ?', 'zzz', 5);
    const writers = writeAtRandom(replication.sourceUrl, 2, 43);
    const [before] = await progress();
    await replication.askForBackfill('service');
    await eventually(async () => expect((await progress())[0]?.started).not.toBe(before?.started));
    await eventually(async () => expect(await progress()).toMatchObject([{ complete: 1 }]));
    await writers.stop();
    await expectEqual();
  });
});

async function insertMany(connection: Connection, sql: string, prefix: string, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => [
    `${prefix}${index}`,
    9,
    2,
    3,
    '2024-01-02 03:04:05.678',
  ]);
  await connection.query(sql, [rows]);
}
