import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mapColumns, same } from '#contracts/strangler/map-columns.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { connectToGuard, planGuard, runStatements } from '#platform/trigger-guard/change-guard.js';
import { wideMs } from '../../tests/support/wide-limits.js';
import { type Connection, connectMysql, quoteName, selectRows } from '../database/connect-mysql.js';
import { releaseBuckets } from '../ownership/release-buckets.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

const comments = { table: 'comments', key: ['id'], ownedBy: 'post_id' } as const;
const capability = 'blog';

/** Two posts, the first one's bucket before the other's. */
const [low, high] = [1, 2].toSorted((one, other) => bucket(one) - bucket(other)) as [number, number];

function bucket(post: number): number {
  return bucketOfKey(capability, String(post));
}

describe('a release beside a program that is guarded by triggers', () => {
  let replication: Replication;
  let programs: Connection[];
  let owners: string;
  const account = `blog_${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    const sides = { monolith: comments, service: comments };
    replication = await createReplication({
      move: {
        capability,
        tables: [{ ...sides, ids: 'unique', ...mapColumns(same('id', 'post_id', 'words')) }],
      },
      tables: {
        source: [
          'CREATE TABLE comments (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, post_id INT UNSIGNED NOT NULL, words VARCHAR(50) NOT NULL)',
        ],
        replica: [],
      },
    });
    owners = quoteName(ownershipTable(capability));
    const url = new URL(replication.sourceUrl);
    const applier = decodeURIComponent(url.username);
    const connection = await connectToGuard(url.href);
    const { statements } = await planGuard(connection, { move: replication.move, side: 'monolith', applier });
    await runStatements(connection, statements, () => undefined);
    connection.destroy();
    await replication.source.query("CREATE USER ?@'%' IDENTIFIED BY 'x'", [account]);
    await replication.source.query("GRANT ALL PRIVILEGES ON ??.* TO ?@'%'", [url.pathname.slice(1), account]);
    [url.username, url.password] = [account, 'x'];
    programs = [await connectMysql(url.href), await connectMysql(url.href)];
  });
  beforeEach(async () => {
    for (const program of programs) await program.query('ROLLBACK');
    await replication.source.query(`UPDATE ${owners} SET state = 'owned', epoch = 1`);
    await replication.source.query('DELETE FROM comments');
    await replication.source.query("INSERT INTO comments VALUES (1, ?, 'low'), (2, ?, 'high')", [low, high]);
  });
  afterAll(async () => {
    for (const program of programs) program.destroy();
    await replication.source.query("DROP USER ?@'%'", [account]);
    await replication.end();
  });

  const release = (posts: readonly number[]) =>
    releaseBuckets(
      replication.sourceUrl,
      capability,
      {
        handOver: 'test',
        buckets: posts.map((post) => ({ bucket: bucket(post), expected: 1 })),
        patience: wideMs,
        killBlockers: false,
      },
      () => undefined,
    );

  /** Somebody waits for a lock on the ownership rows. */
  async function untilReleaseWaits(): Promise<void> {
    await eventually(async () => {
      // The server shows the same picture until nobody has looked for 100 ms.
      await sleep(200);
      const waiting = await selectRows(
        replication.source,
        `SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%ownership%'`,
      );
      if (waiting.length === 0) throw new Error('the release does not wait yet');
    });
  }

  it('comes behind a transaction that writes rows of several buckets in falling order, and ends none', async () => {
    const [program] = programs as [Connection];
    await program.beginTransaction();
    await program.query("UPDATE comments SET words = 'first' WHERE id = 2");
    const releasing = release([low, high]);
    await untilReleaseWaits();
    await program.query("UPDATE comments SET words = 'second' WHERE id = 1");
    await program.commit();
    expect(await releasing).toMatchObject({ outcome: 'released' });
    await expect(program.query("UPDATE comments SET words = 'late' WHERE id = 1")).rejects.toThrow(
      'belongs to',
    );
    expect(await selectRows(replication.source, 'SELECT words FROM comments ORDER BY id')).toEqual([
      { words: 'second' },
      { words: 'first' },
    ]);
  });

  it('comes behind one statement of several buckets, which is done as a whole', async () => {
    const [program] = programs as [Connection];
    await program.beginTransaction();
    await program.query("UPDATE comments SET words = 'nightly' ORDER BY id DESC");
    const releasing = release([low, high]);
    await untilReleaseWaits();
    await program.commit();
    expect(await releasing).toMatchObject({ outcome: 'released' });
    await expect(program.query("UPDATE comments SET words = 'again' ORDER BY id DESC")).rejects.toThrow(
      'belongs to',
    );
    expect(await selectRows(replication.source, 'SELECT DISTINCT words FROM comments')).toEqual([
      { words: 'nightly' },
    ]);
  });

  it('ends no transaction that has a row which another one waits for behind it', async () => {
    const [first, second] = programs as [Connection, Connection];
    await first.beginTransaction();
    await first.query("INSERT INTO comments (post_id, words) VALUES (?, 'new')", [low]);
    const releasing = release([low]);
    await untilReleaseWaits();
    // It locks the row, and then waits behind the release for the bucket that the first one holds.
    const waiting = second.query("UPDATE comments SET words = 'second' WHERE id = 1").then(
      () => 'written',
      (error: unknown) => (error as Error).message,
    );
    await sleep(300);
    await first.query("UPDATE comments SET words = 'first' WHERE id = 1");
    await first.commit();
    expect(await releasing).toMatchObject({ outcome: 'released' });
    expect(await waiting).toMatch(/^written$|belongs to|Deadlock/);
  });
});
