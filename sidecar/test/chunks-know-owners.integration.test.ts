import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { beginBackfill } from '../apply/backfill-progress.js';
import { selectChunk } from '../capture/select-chunk.js';
import { type Connection, connectMysql, selectRows } from '../database/connect-mysql.js';
import { applyDirectly, type DirectApplier, wholeTable } from './support/apply-directly.js';
import { createReplication, type Replication } from './support/replication.js';

describe('a chunk of a backfill', () => {
  let replication: Replication;
  let monolith: DirectApplier;
  let bucket: number;

  beforeAll(async () => {
    replication = await createReplication();
    monolith = applyDirectly(replication, 'monolith', replication.source);
    bucket = bucketOfKey(replication.move.capability, 'a');
  });
  beforeEach(async () => {
    const { source } = replication;
    await monolith.setFilled(false);
    await beginBackfill(source, replication.move, 'monolith');
    await source.query('DELETE FROM stock_items');
    await source.query("INSERT INTO stock_items VALUES ('a', 5, 0, 5, '2024-05-06 07:08:09.123')");
  });
  afterAll(() => replication.end());

  const onMonolith = () =>
    selectRows(replication.source, 'SELECT product_id, version FROM stock_items ORDER BY product_id');
  const levels = (version: number) => [
    { product_id: 'a', on_hand: 5, reserved: 0, version, updated_at: '2024-05-06 07:08:09.123' },
  ];

  it('neither overwrites nor removes what this side owns', async () => {
    await monolith.setOwner(bucket, { state: 'owned', epoch: 1 });
    await monolith.apply({ signals: [wholeTable('stock_levels', levels(3), { [bucket]: 9 })] });
    expect(await onMonolith()).toEqual([{ product_id: 'a', version: 5 }]);
    await beginBackfill(replication.source, replication.move, 'monolith');
    await monolith.apply({ signals: [wholeTable('stock_levels', [], { [bucket]: 9 })] });
    expect(await onMonolith()).toEqual([{ product_id: 'a', version: 5 }]);
  });

  it('does not bring back what this side has removed from what it owns', async () => {
    await monolith.setOwner(bucket, { state: 'owned', epoch: 1 });
    await replication.source.query('DELETE FROM stock_items');
    await monolith.apply({ signals: [wholeTable('stock_levels', levels(3), { [bucket]: 9 })] });
    expect(await onMonolith()).toEqual([]);
  });

  it('neither overwrites nor removes what this side has owned since the chunk was read', async () => {
    await monolith.setOwner(bucket, { state: 'released', epoch: 4 });
    await monolith.apply({ signals: [wholeTable('stock_levels', levels(3), { [bucket]: 3 })] });
    expect(await onMonolith()).toEqual([{ product_id: 'a', version: 5 }]);
    await beginBackfill(replication.source, replication.move, 'monolith');
    await monolith.apply({ signals: [wholeTable('stock_levels', [], { [bucket]: 3 })] });
    expect(await onMonolith()).toEqual([{ product_id: 'a', version: 5 }]);
  });

  it('brings what the other side owns, or owned last', async () => {
    await monolith.setOwner(bucket, { state: 'released', epoch: 2 });
    await monolith.apply({ signals: [wholeTable('stock_levels', levels(8), { [bucket]: 2 })] });
    expect(await onMonolith()).toEqual([{ product_id: 'a', version: 8 }]);
    await beginBackfill(replication.source, replication.move, 'monolith');
    await monolith.apply({ signals: [wholeTable('stock_levels', [], { [bucket]: 3 })] });
    expect(await onMonolith()).toEqual([]);
  });

  it("does not take a key whose row on this side is another key's, which this side owns", async () => {
    const { source, move } = replication;
    const other = ['b', 'c', 'd', 'e'].find((key) => bucketOfKey(move.capability, key) !== bucket) ?? '';
    const foreign = bucketOfKey(move.capability, other);
    await monolith.setOwner(bucket, { state: 'owned', epoch: 1 });
    await monolith.setOwner(foreign, { state: 'released', epoch: 2 });
    await source.query('DELETE FROM answers');
    await source.query("INSERT INTO answers VALUES ('reused', 'a', 'of a')");
    const rows = [{ answer: 'reused', product_id: other, body: 'of the other' }];
    await monolith.apply({ signals: [wholeTable('answers', rows, { [foreign]: 2 })] });
    expect(await selectRows(source, 'SELECT body FROM answers')).toEqual([{ body: 'of a' }]);
  });

  it('completes the replica all the same, which takes tokens from the next transaction on', async () => {
    await monolith.setOwner(bucket, { state: 'released', epoch: 2 });
    const token = (epoch: number) => ({ kind: 'token', bucket, epoch }) as const;
    const chunks = ['stock_levels', 'answers'].map((table) => wholeTable(table, [], {}));
    await monolith.apply({ signals: chunks }, { signals: [token(3)] });
    expect(await monolith.owner(bucket)).toMatchObject({ state: 'released', epoch: 2 });
    await monolith.apply({ signals: [token(5)] });
    expect(await monolith.owner(bucket)).toMatchObject({ state: 'owned', epoch: 5 });
  });

  it('has its rows and their epochs from one moment', async () => {
    const { source, move, sourceUrl } = replication;
    await monolith.setOwner(bucket, { state: 'owned', epoch: 1 });
    const reader = await connectMysql(sourceUrl);
    const chunk = await selectChunk(
      betweenStatements(reader, /FROM `stock_items`/, async () => {
        await source.query("UPDATE stock_items SET version = 6 WHERE product_id = 'a'");
        await monolith.setOwner(bucket, { state: 'released', epoch: 2 });
      }),
      move.capability,
      move.tables[0]!.monolith,
      move.tables[0]!.columns.monolith,
      null,
      10,
      { together: 1_000_000, alone: 1_000_000 },
    );
    reader.destroy();
    expect(chunk.rows).toMatchObject([{ version: 5 }]);
    expect(chunk.epochs[bucket - 1]).toBe(1);
  });
});

/** Does something right after the first statement that matches. */
function betweenStatements(connection: Connection, after: RegExp, act: () => Promise<void>): Connection {
  let done = false;
  return new Proxy(connection, {
    get(target, property) {
      if (property !== 'query') return Reflect.get(target, property) as unknown;
      return async (sql: string, values: unknown[]) => {
        const result = await target.query(sql, values);
        if (!done && after.test(sql)) {
          done = true;
          await act();
        }
        return result;
      };
    },
  });
}
