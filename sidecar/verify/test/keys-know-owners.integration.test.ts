import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KeysSignal } from '#contracts/strangler/change-message.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { selectRows } from '../../database/connect-mysql.js';
import { applyDirectly, type DirectApplier } from '../../test/support/apply-directly.js';
import { createReplication, type Replication } from '../../test/support/replication.js';

describe('rows that are sent by their keys', () => {
  let replication: Replication;
  let applier: DirectApplier;
  let bucket: number;

  beforeAll(async () => {
    replication = await createReplication();
    applier = applyDirectly(replication, 'service', replication.replica);
    await replication.replica.query("INSERT INTO stock_levels VALUES ('a', 1, 0, 1, '2024-01-01')");
    bucket = bucketOfKey(replication.move.capability, 'a');
  });
  afterAll(() => replication.end());

  /** What the source has under `a`, as of an epoch. */
  function sent(available: number, epoch: number, check = false): KeysSignal {
    const updated_at = '2024-01-01 00:00:00.000';
    return {
      kind: 'keys',
      id: 'test',
      table: 'stock_items',
      keys: [['a']],
      rows: [{ product_id: 'a', available, reserved: 0, version: 1, updated_at }],
      epochs: Array.from({ length: 100 }, () => epoch),
      check,
    };
  }

  async function onHand(): Promise<number | undefined> {
    const [row] = await selectRows<{ on_hand: number }>(
      replication.replica,
      'SELECT on_hand FROM stock_levels',
    );
    return row?.on_hand;
  }

  it('change nothing of a bucket that this side owns', async () => {
    await applier.setOwner(bucket, { state: 'owned', epoch: 2 });
    await applier.apply({ signals: [sent(7, 2)] });
    expect(await onHand()).toBe(1);
  });

  it('change nothing when this side has owned the bucket since they were read', async () => {
    await applier.setOwner(bucket, { state: 'released', epoch: 3 });
    await applier.apply({ signals: [sent(7, 2)] });
    expect(await onHand()).toBe(1);
  });

  it('change nothing when they are only to be compared', async () => {
    await applier.apply({ signals: [sent(7, 3, true)] });
    expect(await onHand()).toBe(1);
  });

  it('make the rows the same otherwise', async () => {
    await applier.apply({ signals: [sent(7, 3)] });
    expect(await onHand()).toBe(7);
    await applier.apply({ signals: [{ ...sent(7, 4), rows: [] }] });
    expect(await onHand()).toBeUndefined();
  });
});
