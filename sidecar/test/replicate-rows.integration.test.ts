import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe('a replica', () => {
  let replication: Replication;

  beforeAll(async () => {
    replication = await createReplication();
    await replication.source.query("INSERT INTO stock_items VALUES ('before', 5, 1, 1, UTC_TIMESTAMP(3))");
    await replication.startCapture();
    await replication.startApplier();
  });
  afterAll(() => replication.end());

  it("takes what another capability's applier has done to its tables, by a trigger or so", async () => {
    const { source } = replication;
    await source.query(
      `INSERT INTO strangler_applied (capability, chain, seq, row_offset, filled, applied_at)
       VALUES ('another', UUID(), 0, 0, 1, UTC_TIMESTAMP(3))`,
    );
    await source.beginTransaction();
    await source.query("UPDATE strangler_applied SET seq = seq + 1 WHERE capability = 'another'");
    await source.query("UPDATE stock_items SET available = 77 WHERE product_id = 'before'");
    await source.commit();
    await eventually(async () => {
      expect(await replication.differences()).toEqual([]);
      expect((await replication.bothSides()).replica[0]).toMatchObject({ on_hand: 78 });
    });
  });

  it('is filled with what was there, and follows inserts, updates and deletes', async () => {
    const { source } = replication;
    await source.query(
      "INSERT INTO stock_items VALUES ('a', 10, 0, 1, UTC_TIMESTAMP(3)), ('b', 3, 2, 7, UTC_TIMESTAMP(3))",
    );
    await source.query(
      "UPDATE stock_items SET available = available - 4, reserved = reserved + 4 WHERE product_id = 'a'",
    );
    await source.query("UPDATE stock_items SET product_id = 'B' WHERE product_id = 'b'");
    await eventually(async () => {
      expect(await replication.differences()).toEqual([]);
      expect((await replication.bothSides()).replica).toHaveLength(3);
    });
    await source.query("DELETE FROM stock_items WHERE product_id = 'a'");
    await eventually(async () => expect((await replication.bothSides()).replica).toHaveLength(2));
  });
});
