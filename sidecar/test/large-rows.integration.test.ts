import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { selectRows } from '../database/connect-mysql.js';
import type { Applier } from '../apply/run-apply.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe('rows about as large as a message can be', () => {
  let replication: Replication;
  let applier: Applier;
  let room: number;

  beforeAll(async () => {
    replication = await createReplication();
    room = replication.nats.info?.max_payload ?? 0;
    await replication.startCapture();
  });
  afterAll(() => replication.end());

  const put = (answer: string, bytes: number) =>
    replication.source.query("REPLACE INTO answers VALUES (?, 'p', REPEAT('x', ?))", [answer, bytes]);
  const sizes = async (): Promise<unknown[]> => {
    const sql = 'SELECT LENGTH(body) AS size FROM answers ORDER BY answer';
    return (await selectRows<{ size: number }>(replication.replica, sql)).map(({ size }) => size);
  };

  it('are filled, each in a message of its own', async () => {
    await put('a', 10);
    await put('b', Math.round(room * 0.6));
    await put('c', Math.round(room * 0.9));
    await put('d', 10);
    applier = await replication.startApplier();
    await eventually(() => expect(applier.status().backfill?.complete).toBe(true));
    expect(await sizes()).toEqual([10, Math.round(room * 0.6), Math.round(room * 0.9), 10]);
  });

  it('are named where they are larger, and the backfill goes on once they are not', async () => {
    await applier.stop();
    // Past the log: as a row that was there before the replica's chain began.
    await replication.source.query('SET SESSION sql_log_bin = 0');
    await put('b', Math.round(room * 1.1));
    await replication.source.query('SET SESSION sql_log_bin = 1');
    applier = await replication.startApplier();
    await eventually(() => expect(applier.status().state).toBe('applying'));
    await replication.askForBackfill('service');
    await eventually(() =>
      expect(applier.status().backfill?.problem).toMatch(
        /no chunk of answers: the next row of answers, behind the key \["a"\], takes \d+ bytes.*raise max_payload/,
      ),
    );
    expect(applier.status().state).toBe('applying');
    await put('b', 20);
    await eventually(() => {
      expect(applier.status().backfill?.complete).toBe(true);
      expect(applier.status().backfill?.problem).toBeUndefined();
    });
    expect(await sizes()).toEqual([10, 20, Math.round(room * 0.9), 10]);
  });
});
