import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { TokenSignal } from '#contracts/strangler/change-message.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { connectMysql, selectRows } from '../database/connect-mysql.js';
import { TwoOwners } from '../ownership/two-owners.js';
import { vetoTokens } from '../ownership/veto-tokens.js';
import { applyDirectly, type DirectApplier, stock } from './support/apply-directly.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe('a token', () => {
  let replication: Replication;
  let service: DirectApplier;
  let bucket: number;

  beforeAll(async () => {
    replication = await createReplication();
    service = applyDirectly(replication, 'service', replication.replica);
    bucket = bucketOfKey(replication.move.capability, 'a');
  });
  beforeEach(async () => {
    await service.setFilled(true);
    await service.setOwner(bucket, { state: 'released', epoch: 1 });
    await replication.replica.query('DELETE FROM stock_levels');
  });
  afterAll(() => replication.end());

  const token = (epoch: number): TokenSignal => ({ kind: 'token', bucket, epoch });
  const onService = () => selectRows(replication.replica, 'SELECT product_id, on_hand FROM stock_levels');

  it('opens the bucket together with the rows that came before it', async () => {
    const granted = await service.apply({ changes: [stock('a', 7)] }, { signals: [token(2)] });
    expect(granted).toEqual([{ bucket, state: 'owned', epoch: 2 }]);
    expect(await service.owner(bucket)).toEqual({ state: 'owned', epoch: 2, vetoed: 0 });
    expect(await onService()).toEqual([{ product_id: 'a', on_hand: 7 }]);
  });

  it.each([1, 2])('that is not newer than the row (epoch %i) changes nothing', async (epoch) => {
    await service.setOwner(bucket, { state: 'released', epoch: 2 });
    expect(await service.apply({ signals: [token(epoch)] })).toEqual([]);
    expect(await service.owner(bucket)).toEqual({ state: 'released', epoch: 2, vetoed: 0 });
  });

  it('that was refused, or is older than one that was, changes nothing', async () => {
    await service.setOwner(bucket, { state: 'released', epoch: 1, vetoed: 4 });
    expect(await service.apply({ signals: [token(2)] }, { signals: [token(4)] })).toEqual([]);
    expect(await service.owner(bucket)).toEqual({ state: 'released', epoch: 1, vetoed: 4 });
  });

  it('that is newer than the one that was refused opens the bucket', async () => {
    await service.setOwner(bucket, { state: 'released', epoch: 1, vetoed: 2 });
    const granted = await service.apply({ signals: [token(2)] }, { signals: [token(4)] });
    expect(granted).toEqual([{ bucket, state: 'owned', epoch: 4 }]);
  });

  it('opens nothing in a replica that was not complete, and does not come a second time', async () => {
    await service.setFilled(false);
    expect(await service.apply({ signals: [token(2)] })).toEqual([]);
    expect(await service.owner(bucket)).toMatchObject({ state: 'released', epoch: 1 });
  });

  it('is not granted when its veto commits while the grant waits for the row', async () => {
    const other = await connectMysql(replication.replicaUrl);
    const table = `\`${replication.move.capability}_ownership\``;
    await other.beginTransaction();
    await other.query(`UPDATE ${table} SET vetoed = 2 WHERE bucket = ? AND epoch < 2 AND vetoed < 2`, [
      bucket,
    ]);
    const granting = service.apply({ changes: [stock('a', 7)] }, { signals: [token(2)] });
    await eventually(async () => {
      const [waiting] = await selectRows<{ count: number }>(
        replication.source,
        'SELECT COUNT(*) AS count FROM information_schema.processlist WHERE info LIKE ? AND id <> CONNECTION_ID()',
        [`%\`${replication.move.capability}_ownership\` FORCE INDEX%`],
      );
      expect(Number(waiting?.count)).toBeGreaterThan(0);
    });
    await other.commit();
    other.destroy();
    expect(await granting).toEqual([]);
    expect(await service.owner(bucket)).toEqual({ state: 'released', epoch: 1, vetoed: 2 });
  });

  it('is granted when its veto comes later, which is told so', async () => {
    const { replicaUrl, move } = replication;
    await service.apply({ signals: [token(2)] });
    const request = { handOver: 'test', buckets: [{ bucket, token: 2 }] };
    const answer = { buckets: [{ bucket, outcome: 'granted' }] };
    expect(await vetoTokens(replicaUrl, move.capability, request)).toEqual(answer);
    expect(await vetoTokens(replicaUrl, move.capability, request)).toEqual(answer);
    expect(await service.owner(bucket)).toEqual({ state: 'owned', epoch: 2, vetoed: 0 });
  });

  describe('with rows of the other side behind it', () => {
    it('shows two owners, and nothing of that transaction is applied', async () => {
      await service.apply({ signals: [token(2)] });
      const applying = service.apply({ changes: [stock('a', 9)] });
      await expect(applying).rejects.toThrow(TwoOwners);
      await expect(applying).rejects.toThrow(`bucket ${bucket}`);
      expect(await onService()).toEqual([]);
    });

    it('shows two owners when both come together, and then is not granted either', async () => {
      const applying = service.apply({ signals: [token(2)] }, { changes: [stock('a', 9)] });
      await expect(applying).rejects.toThrow(TwoOwners);
      expect(await service.owner(bucket)).toMatchObject({ state: 'released', epoch: 1 });
    });

    it('is in order when it was refused and the other side has reopened', async () => {
      await service.setOwner(bucket, { state: 'released', epoch: 1, vetoed: 2 });
      await service.apply({ signals: [token(2)] }, { changes: [stock('a', 9)] }, { signals: [token(4)] });
      expect(await service.owner(bucket)).toEqual({ state: 'owned', epoch: 4, vetoed: 2 });
      expect(await onService()).toEqual([{ product_id: 'a', on_hand: 9 }]);
    });

    it('is in order when this side has released since', async () => {
      await service.apply({ signals: [token(2)] });
      await service.setOwner(bucket, { state: 'released', epoch: 3 });
      await service.apply({ changes: [stock('a', 9)] });
      expect(await onService()).toEqual([{ product_id: 'a', on_hand: 9 }]);
    });
  });
});
