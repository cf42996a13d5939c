import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { appliedUpToSchema, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import { listenJson } from '#platform/messaging/exchange-json.js';
import type { Applier } from '../apply/run-apply.js';
import type { Capture } from '../capture/run-capture.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe('a replica that can not go on', () => {
  let replication: Replication;
  let capture: Capture;
  let applier: Applier;

  beforeAll(async () => {
    replication = await createReplication();
    capture = await replication.startCapture();
    applier = await replication.startApplier();
    await insert('first', 1);
    await expectEqual();
  });
  afterAll(() => replication.end());

  const insert = (id: string, available: number) =>
    replication.source.query('INSERT INTO stock_items VALUES (?, ?, 0, 1, UTC_TIMESTAMP(3))', [
      id,
      available,
    ]);

  function expectEqual(): Promise<void> {
    return eventually(async () => {
      expect(await replication.differences()).toEqual([]);
    });
  }

  it('stops at a row that is refused, names it, skips nothing, says nothing, and goes on once it is mended', async () => {
    const { replica, nats, move } = replication;
    await replica.query('ALTER TABLE stock_levels ADD CONSTRAINT few CHECK (on_hand < 1000)');
    await insert('good', 1);
    await expectEqual();
    await insert('poison', 5_000);
    await insert('behind', 1);
    await eventually(() => expect(applier.status().state).toBe('stopped'));
    expect(applier.status().failure).toMatchObject({
      code: 'row_refused',
      message: expect.stringContaining('few'),
      table: 'stock_levels',
      row: { product_id: 'poison', on_hand: 5_000 },
    });
    const ids = (await replication.bothSides()).replica.map((row) => row.product_id);
    expect(ids).toEqual(['first', 'good']);

    const said: unknown[] = [];
    const subject = appliedUpToSubject(move.capability, 'service');
    const stopListening = listenJson(
      nats,
      subject,
      appliedUpToSchema,
      (one) => void said.push(one),
      () => undefined,
    );
    await eventually(() => expect(applier.status().state).toBe('stopped'));
    expect(said).toEqual([]);

    await replica.query('ALTER TABLE stock_levels DROP CONSTRAINT few');
    await expectEqual();
    await eventually(() => expect(said).not.toEqual([]));
    expect(applier.status().state).toBe('applying');
    stopListening();
  });

  it('stops at a TRUNCATE, which the log does not show row by row, and is filled anew on request', async () => {
    const { source } = replication;
    await source.query('TRUNCATE TABLE stock_items');
    await insert('afterwards', 3);
    await eventually(() =>
      expect(capture.status()).toMatchObject({ state: 'stopped', code: 'unsupported_change' }),
    );
    expect(capture.status().message).toMatch(/TRUNCATE TABLE stock_items.*fill the replica anew/);
    await replication.askForBackfill('service', true);
    await expectEqual();
    await eventually(() => expect(capture.status().state).toBe('reading'));
    await eventually(() =>
      expect(applier.status()).toMatchObject({ state: 'applying', backfill: { complete: true } }),
    );
  });

  it('is told apart by its place when something strange is in the stream', async () => {
    const { log } = replication;
    const nobody = { chain: 'x', seq: 9_999_999, origin: null, gtid: null, offset: 0 };
    const changes = [{ table: 'stock_items', op: 'delete', before: { product_id: 'afterwards' } }];
    await log.jetStream.publish(
      log.subject,
      JSON.stringify({
        ...replication.move,
        from: 'monolith',
        run: 'x',
        previous: nobody,
        position: nobody,
        last: true,
        committedAt: 0,
        changes,
        signals: [],
      }),
    );
    await insert('after the stranger', 1);
    await expectEqual();
    expect((await replication.bothSides()).replica).toHaveLength(2);
  });
});
