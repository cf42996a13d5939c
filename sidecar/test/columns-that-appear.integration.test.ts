import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Applier } from '../apply/run-apply.js';
import type { Capture } from '../capture/run-capture.js';
import { selectRows } from '../database/connect-mysql.js';
import { askOwners } from './support/ask-owners.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe("a column that is added to the monolith's table while everything runs", () => {
  let replication: Replication;
  let capture: Capture;
  let applier: Applier;
  let back: { capture: Capture; applier: Applier };

  beforeAll(async () => {
    replication = await createReplication();
    capture = await replication.startCapture();
    applier = await replication.startApplier();
    await replication.startOwnership('monolith');
    await replication.startOwnership('service');
    back = await replication.startWayBack();
    await eventually(() => expect(applier.status().backfill?.complete).toBe(true));
    await replication.source.query("INSERT INTO stock_items VALUES ('ours', 5, 0, 1, '2024-05-06')");
    const owners = askOwners(replication);
    await eventually(async () => expect(await replication.differences()).toEqual([]));
    await owners.handOver('monolith', [owners.bucketOf('ours')]);
  });
  afterAll(() => replication.end());

  const shelf = async () =>
    (
      await selectRows<{ shelf: string | null; available: number }>(
        replication.source,
        "SELECT shelf, available FROM stock_items WHERE product_id = 'ours'",
      )
    )[0];

  it('pauses the capture, which says what to do', async () => {
    await replication.source.query('ALTER TABLE stock_items ADD shelf VARCHAR(64) NULL UNIQUE');
    await replication.source.query("INSERT INTO stock_items VALUES ('later', 5, 0, 1, '2024-05-06', 'B2')");
    await eventually(() =>
      expect(capture.status()).toMatchObject({
        state: 'stopped',
        code: 'unsafe_table',
        message: expect.stringMatching(/stock_items: its column shelf is not in the move.*ownColumns/),
      }),
    );
  });

  it('keeps its values when the service writes the row', async () => {
    await replication.source.query("UPDATE stock_items SET shelf = 'A1' WHERE product_id = 'ours'");
    await replication.replica.query(
      "UPDATE stock_levels SET on_hand = 3, version = 2 WHERE product_id = 'ours'",
    );
    await eventually(async () => expect(await shelf()).toEqual({ shelf: 'A1', available: 3 }));
    expect(back.applier.status().state).toBe('applying');
  });

  it('lets everything go on once it is dropped, and nothing is missing', async () => {
    await replication.source.query('ALTER TABLE stock_items DROP COLUMN shelf');
    await eventually(() => expect(capture.status().state).toBe('reading'));
    await eventually(async () => expect(await replication.differences()).toEqual([]));
    expect((await replication.bothSides()).replica).toHaveLength(2);
    expect(applier.status().state).toBe('applying');
  });

  it('lets everything go on, too, once the move names it and the sidecar is restarted', async () => {
    const chain = applier.status().position?.chain;
    expect(chain).toBeDefined();
    await replication.source.query('ALTER TABLE stock_items ADD shelf VARCHAR(64) NULL UNIQUE');
    await replication.source.query("INSERT INTO stock_items VALUES ('last', 5, 0, 1, '2024-05-06', 'C3')");
    await eventually(() =>
      expect(capture.status()).toMatchObject({ state: 'stopped', code: 'unsafe_table' }),
    );
    for (const one of [capture, applier, back.capture, back.applier]) await one.stop();

    const tables = replication.move.tables.map((table) =>
      table.monolith.table === 'stock_items' ? { ...table, ownColumns: { monolith: ['shelf'] } } : table,
    );
    Object.assign(replication.move, { tables });
    capture = await replication.startCapture();
    applier = await replication.startApplier();
    back = await replication.startWayBack();
    await eventually(() => expect(capture.status().state).toBe('reading'));
    await eventually(async () => expect(await replication.differences()).toEqual([]));
    expect((await replication.bothSides()).replica).toHaveLength(3);
    expect(applier.status().position?.chain).toBe(chain);

    await replication.source.query("UPDATE stock_items SET shelf = 'A9' WHERE product_id = 'ours'");
    await replication.replica.query(
      "UPDATE stock_levels SET on_hand = 2, version = 3 WHERE product_id = 'ours'",
    );
    await eventually(async () => expect(await shelf()).toEqual({ shelf: 'A9', available: 2 }));
  });
});
