import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Side } from '#contracts/strangler/move.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { quoteName } from '../database/connect-mysql.js';
import type { Applier } from '../apply/run-apply.js';
import type { Ownership } from '../ownership/run-ownership.js';
import { askOwners, type OwnerQuestions } from './support/ask-owners.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe('a bucket that both sides own, as after a fail-over that lost a release', () => {
  let replication: Replication;
  let owners: OwnerQuestions;
  let applier: Applier;
  let ownership: Ownership[];
  let bucket: number;

  beforeAll(async () => {
    replication = await createReplication();
    owners = askOwners(replication);
    bucket = owners.bucketOf('mine');
    await replication.startCapture();
    applier = await replication.startApplier();
    ownership = [await replication.startOwnership('monolith'), await replication.startOwnership('service')];
    await replication.startWayBack();
    await eventually(() => expect(applier.status().backfill?.complete).toBe(true));
    await owners.handOver('monolith', [bucket]);
    await setRow('monolith', 'owned', 1);
  });
  afterAll(() => replication.end());

  function setRow(side: Side, state: 'owned' | 'released', epoch: number): Promise<unknown> {
    const table = quoteName(ownershipTable(replication.move.capability));
    const connection = side === 'monolith' ? replication.source : replication.replica;
    return connection.query(`UPDATE ${table} SET state = ?, epoch = ? WHERE bucket = ?`, [
      state,
      epoch,
      bucket,
    ]);
  }

  it('is named by both sides, which go on answering', async () => {
    await eventually(() => {
      for (const { status } of ownership)
        expect(status()).toMatchObject({
          state: 'stopped',
          code: 'two_owners',
          message: expect.stringContaining(`bucket ${bucket} (epoch `),
        });
    });
    expect(await owners.rows('service')).toHaveLength(100);
  });

  it('stops the side that gets rows of what it owns, which overwrites nothing', async () => {
    await replication.replica.query("INSERT INTO stock_levels VALUES ('mine', 3, 0, 3, UTC_TIMESTAMP(3))");
    await replication.source.query("INSERT INTO stock_items VALUES ('mine', 1, 0, 1, UTC_TIMESTAMP(3))");
    await eventually(() =>
      expect(applier.status()).toMatchObject({
        state: 'stopped',
        failure: { code: 'two_owners', message: expect.stringContaining(`bucket ${bucket}`) },
      }),
    );
    expect((await replication.bothSides()).replica).toMatchObject([{ product_id: 'mine', version: 3 }]);
  });

  it('is in order again once the side that is wrong has let go', async () => {
    await replication.source.query("DELETE FROM stock_items WHERE product_id = 'mine'");
    await setRow('monolith', 'released', 2);
    // What it has written meanwhile is still to come, and a person says what becomes of it.
    await setRow('service', 'released', 2);
    await eventually(() => expect(applier.status().state).toBe('applying'));
    await setRow('service', 'owned', 2);
    await eventually(() =>
      expect(ownership.map((one) => one.status().state)).toEqual(['answering', 'answering']),
    );
  });
});
