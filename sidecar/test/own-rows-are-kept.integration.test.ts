import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mapColumns, same } from '#contracts/strangler/map-columns.js';
import type { RowChange } from '#contracts/strangler/change-message.js';
import type { Move, Row } from '#contracts/strangler/move.js';
import { beginBackfill } from '../apply/backfill-progress.js';
import { selectRows } from '../database/connect-mysql.js';
import { bucketOfRow } from '../rows/bucket-of-row.js';
import { TwoOwners } from '../ownership/two-owners.js';
import { applyDirectly, type DirectApplier, wholeTable } from './support/apply-directly.js';
import { createReplication, type Replication } from './support/replication.js';

const side = { table: 'comments', key: ['id'] as [string], ownedBy: 'post' };
const columns = `id VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY,
  post VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, slug VARCHAR(50) NULL UNIQUE, words VARCHAR(50) NULL`;
const comment = (id: string, post: string, slug: string | null = null, words = ''): Row => ({
  ...{ id, post, slug, words },
});
const insert = (row: Row): RowChange => ({ table: 'comments', op: 'insert', after: row as never });
const remove = (row: Row): RowChange => ({ table: 'comments', op: 'delete', before: row as never });

/** The service owns the rows of the post `ours`, the monolith those of `theirs`. */
describe("rows of the replica's own", () => {
  let replication: Replication;
  let applier: DirectApplier;

  beforeAll(async () => {
    const move: Move = {
      capability: `test-${randomBytes(4).toString('hex')}`,
      tables: [
        {
          monolith: side,
          service: side,
          ids: 'unique',
          ownColumns: { service: ['note'] },
          ...mapColumns(same('id', 'post', 'slug', 'words')),
        },
      ],
    };
    const create = `CREATE TABLE comments (${columns})`;
    replication = await createReplication({
      move,
      tables: { source: [create], replica: [create, 'ALTER TABLE comments ADD note VARCHAR(20) NULL'] },
    });
    applier = applyDirectly(replication, 'service', replication.replica);
    const ours = bucketOfRow(move.capability, side, { post: 'ours' });
    expect(bucketOfRow(move.capability, side, { post: 'theirs' })).not.toBe(ours);
    await applier.setOwner(ours, { state: 'owned', epoch: 2 });
    await beginBackfill(replication.replica, move, 'service');
    await applier.setFilled(true);
  });
  afterAll(() => replication.end());

  const rows = (): Promise<Row[]> =>
    selectRows(replication.replica, 'SELECT * FROM comments ORDER BY id, post');
  const own = { ...comment('1', 'ours', 'same', 'mine'), note: 'kept' };

  beforeEach(async () => {
    await replication.replica.query('DELETE FROM comments');
    await replication.replica.query('INSERT INTO comments SET ?', [own]);
    await replication.replica.query('INSERT INTO comments SET ?', [
      { ...comment('5', 'theirs', 'other'), note: 'stays' },
    ]);
  });

  it.each([
    ['a row with the same key', insert(comment('1', 'theirs'))],
    ['a row with the same unique value', insert(comment('2', 'theirs', 'same'))],
    ['a row whose unique value the database takes for the same', insert(comment('2', 'theirs', 'SAME'))],
    ['a change that takes the same unique value', insert(comment('5', 'theirs', 'same'))],
    ['the removal of a row with the same key', remove(comment('1', 'theirs'))],
  ])('are not overwritten or removed by %s', async (_, change) => {
    const before = await rows();
    await expect(applier.apply({ changes: [change] })).rejects.toThrow(TwoOwners);
    expect(await rows()).toEqual(before);
  });

  it('are not overwritten by a row whose key the database takes for the same', async () => {
    await replication.replica.query("UPDATE comments SET id = 'key' WHERE id = '1'");
    const before = await rows();
    await expect(applier.apply({ changes: [insert(comment('KEY', 'theirs'))] })).rejects.toThrow(TwoOwners);
    await expect(applier.apply({ changes: [remove(comment('KEY', 'theirs'))] })).rejects.toThrow(TwoOwners);
    expect(await rows()).toEqual(before);
  });

  function chunkOf(row: Row): ReturnType<DirectApplier['apply']> {
    const chunk = { ...wholeTable('comments', [row as never], {}), keyOrder: 'varchar utf8mb4_general_ci' };
    return applier.apply({ signals: [chunk] });
  }

  it('are not overwritten by a chunk of a backfill, by their key or by a unique value', async () => {
    await chunkOf(comment('1', 'theirs'));
    expect(await rows()).toEqual([own]);
    await beginBackfill(replication.replica, replication.move, 'service');
    await expect(chunkOf(comment('2', 'theirs', 'same'))).rejects.toThrow(TwoOwners);
    expect(await rows()).toEqual([own]);
  });

  it('let rows of the other owner exchange their unique values, with what the replica alone has of them', async () => {
    await replication.replica.query('INSERT INTO comments SET ?', [
      { ...comment('6', 'theirs', 'second'), note: 'stays, too' },
    ]);
    await applier.apply({
      changes: [insert(comment('5', 'theirs', 'second')), insert(comment('6', 'theirs', 'other'))],
    });
    expect(await rows()).toEqual([
      own,
      { ...comment('5', 'theirs', 'second'), note: 'stays' },
      { ...comment('6', 'theirs', 'other'), note: 'stays, too' },
    ]);
  });

  it('let a row of the other owner take a value that another one had, and go to another owning key', async () => {
    await applier.apply({
      changes: [
        remove(comment('5', 'theirs')),
        insert(comment('7', 'theirs', 'other')),
        insert(comment('7', 'others', 'other')),
      ],
    });
    expect(await rows()).toEqual([own, { ...comment('7', 'others', 'other'), note: null }]);
  });
});
