import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mapColumns, renamed, same } from '#contracts/strangler/map-columns.js';
import { type Move, type MoveTable, otherSide, type Side } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import type { Applier } from '../apply/run-apply.js';
import type { Capture } from '../capture/run-capture.js';
import { type Connection, connectMysql, quoteName, selectRows } from '../database/connect-mysql.js';
import { askOwners, type OwnerQuestions } from './support/ask-owners.js';
import { createReplication, eventually, type Replication } from './support/replication.js';
import { seeded } from './support/write-at-random.js';

/** A blog as many are: ids from the database, a unique column, defaults, and columns that only one side knows. */
const comments = `CREATE TABLE comments (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, post_id INT UNSIGNED NOT NULL,
  slug VARCHAR(50) NULL, words TEXT NOT NULL, shelf VARCHAR(20) NULL, seen TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP,
  UNIQUE KEY one_slug (post_id, slug), KEY (post_id))`;
const remarks = `CREATE TABLE remarks (remark_id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, post_id INT UNSIGNED NOT NULL,
  slug VARCHAR(50) NULL, written TEXT NOT NULL, UNIQUE KEY one_slug (post_id, slug))`;
const apart = {
  monolith: { column: 'id', increment: 2, offset: 1 },
  service: { column: 'remark_id', increment: 2, offset: 2 },
};

function blogMove(more: Partial<MoveTable>): Move {
  const table: MoveTable = {
    monolith: { table: 'comments', key: ['id'], ownedBy: 'post_id' },
    service: { table: 'remarks', key: ['remark_id'], ownedBy: 'post_id' },
    ownColumns: { monolith: ['shelf', 'seen'] },
    ...mapColumns(renamed({ id: 'remark_id', words: 'written' }), same('post_id', 'slug')),
    ...more,
  };
  return { capability: `blog-${randomBytes(4).toString('hex')}`, tables: [table] };
}

const tables = { source: [comments], replica: [remarks] };
const posts = Array.from({ length: 20 }, (_, index) => index + 1);

describe('a blog whose comments are handed over under writes', () => {
  let replication: Replication;
  let owners: OwnerQuestions;
  let appliers: Applier[];

  beforeAll(async () => {
    replication = await createReplication({ move: blogMove({ ids: apart }), tables });
    owners = askOwners(replication);
    await replication.source.query(
      "INSERT INTO comments (id, post_id, words, shelf) VALUES (1, 1, 'old', 'A1'), (2, 2, 'older', 'A2')",
    );
    await replication.startCapture();
    const forth = await replication.startApplier();
    for (const side of ['monolith', 'service'] as const) await replication.startOwnership(side);
    const back = await replication.startWayBack();
    await eventually(() => expect(forth.status().backfill?.complete).toBe(true));
    appliers = [forth, back.applier];
  });
  afterAll(() => replication.end());

  /** Writes where the post is owned. @returns the new comment's id, or undefined where it is not owned here */
  async function comment(
    into: Connection,
    side: Side,
    post: number,
    words: string,
  ): Promise<number | undefined> {
    await into.beginTransaction();
    const held = await selectRows(
      into,
      `SELECT bucket FROM ${quoteName(ownershipTable(replication.move.capability))}
       WHERE bucket = ? AND state = 'owned' LOCK IN SHARE MODE`,
      [bucketOfKey(replication.move.capability, String(post))],
    );
    if (held.length === 0) {
      await into.rollback();
      return undefined;
    }
    const sql =
      side === 'monolith'
        ? 'INSERT INTO comments (post_id, slug, words) VALUES (?, ?, ?)'
        : 'INSERT INTO remarks (post_id, slug, written) VALUES (?, ?, ?)';
    const [result] = await into.query(sql, [post, words, words]);
    await into.commit();
    return (result as { insertId: number }).insertId;
  }

  async function client(
    seed: number,
    acknowledged: Map<number, string>,
    ended: () => boolean,
  ): Promise<void> {
    const random = seeded(seed);
    const connections = {
      monolith: await connectMysql(replication.sourceUrl),
      service: await connectMysql(replication.replicaUrl),
    };
    for (const [side, connection] of Object.entries(connections))
      await connection.query(
        `SET SESSION auto_increment_increment = 2, auto_increment_offset = ${side === 'monolith' ? 1 : 2}`,
      );
    let side: Side = 'monolith';
    for (let number = 0; !ended(); number += 1) {
      const post = posts[Math.floor(random() * posts.length)] ?? 1;
      const words = `${seed}-${number}`;
      let id = await comment(connections[side], side, post, words);
      while (id === undefined) {
        side = otherSide(side);
        await sleep(2);
        id = await comment(connections[side], side, post, words);
      }
      acknowledged.set(id, words);
    }
    for (const connection of Object.values(connections)) connection.destroy();
  }

  const all = async (): Promise<Map<number, string>[]> => {
    const select = async (connection: Connection, sql: string) =>
      new Map(
        (await selectRows<{ id: number; words: string }>(connection, sql)).map(({ id, words }) => [
          id,
          words,
        ]),
      );
    return [
      await select(replication.source, 'SELECT id, words FROM comments'),
      await select(replication.replica, 'SELECT remark_id AS id, written AS words FROM remarks'),
    ];
  };

  it('loses none, gives no id twice, and leaves alone what only the monolith has of them', async () => {
    const acknowledged = new Map([
      [1, 'old'],
      [2, 'older'],
    ]);
    let ended = false;
    const clients = [1, 2, 3, 4].map((seed) => client(seed, acknowledged, () => ended));
    const half = posts.slice(0, 10).map((post) => owners.bucketOf(String(post)));
    const buckets = [...new Set(half)];
    for (let round = 0; round < 3; round += 1) {
      const before = acknowledged.size;
      await owners.handOver('monolith', buckets);
      await eventually(() => expect(acknowledged.size).toBeGreaterThan(before + 40));
      await owners.handOver('service', buckets);
    }
    await owners.handOver('monolith', buckets);
    ended = true;
    await Promise.all(clients);
    await eventually(async () => {
      const [monolith, service] = await all();
      expect(service).toEqual(monolith);
      expect(monolith).toEqual(new Map([...acknowledged].toSorted(([one], [other]) => one - other)));
    });
    expect([...acknowledged.keys()].some((id) => id % 2 === 0 && id > 2)).toBe(true);
    expect(appliers.map((applier) => applier.status().state)).toEqual(['applying', 'applying']);
    expect(
      await selectRows(replication.source, 'SELECT id, shelf FROM comments WHERE shelf IS NOT NULL'),
    ).toEqual([
      { id: 1, shelf: 'A1' },
      { id: 2, shelf: 'A2' },
    ]);
  });

  it('keeps the shelf of a comment that the service changes', async () => {
    const [own] = await selectRows<{ bucket: number }>(
      replication.replica,
      `SELECT bucket FROM ${quoteName(ownershipTable(replication.move.capability))} WHERE state = 'owned'`,
    );
    expect(own).toBeDefined();
    await replication.replica.query("UPDATE remarks SET written = 'changed' WHERE remark_id = 1");
    await eventually(async () =>
      expect(await selectRows(replication.source, 'SELECT words, shelf FROM comments WHERE id = 1')).toEqual([
        { words: 'changed', shelf: 'A1' },
      ]),
    );
  });
});

describe('a blog whose schema loses comments', () => {
  it.each<[string, Partial<MoveTable>, string[], RegExp]>([
    ['ids that both sides make', { ids: 'unique' }, [], /both sides make the numbers of its column id/],
    [
      'a slug that is unique over all posts',
      { ids: apart },
      ['ALTER TABLE comments ADD UNIQUE KEY every_slug (slug)'],
      /unique key every_slug \(slug\) does not contain post_id/,
    ],
    [
      'comments that go with their post',
      { ids: apart },
      [
        'CREATE TABLE posts (id INT UNSIGNED PRIMARY KEY)',
        'ALTER TABLE comments ADD CONSTRAINT of_post FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE',
      ],
      /foreign key of_post \(ON DELETE CASCADE/,
    ],
    [
      'a trigger that writes another comment',
      { ids: apart },
      [
        "CREATE TRIGGER answer AFTER DELETE ON comments FOR EACH ROW UPDATE comments SET words = 'gone' WHERE id = 0",
      ],
      /its trigger answer \(AFTER DELETE\) writes comments/,
    ],
    [
      'a trigger that writes another comment by the trigger of its journal',
      { ids: apart },
      [
        'CREATE TABLE journal (id INT)',
        "CREATE TRIGGER answer AFTER INSERT ON journal FOR EACH ROW UPDATE comments SET words = 'gone' WHERE id = 0",
        'CREATE TRIGGER note AFTER DELETE ON comments FOR EACH ROW INSERT INTO journal VALUES (OLD.id)',
      ],
      /its trigger note \(AFTER DELETE\) writes journal with its trigger answer, which writes comments/,
    ],
  ])('is refused at the start: %s', async (_, more, statements, problem) => {
    const replication = await createReplication({
      move: blogMove(more),
      tables: { ...tables, source: [comments, ...statements] },
    });
    const capture = await replication.startCapture();
    const applier = await replication.startApplier();
    await eventually(() =>
      expect(capture.status()).toMatchObject({
        state: 'stopped',
        code: 'unsafe_table',
        message: expect.stringMatching(problem),
      }),
    );
    expect(applier.status().backfill?.complete ?? false).toBe(false);
    await replication.end();
  });

  it('is stopped when the trigger of its journal begins to write another comment, until that is gone', async () => {
    const replication = await createReplication({
      move: blogMove({ ids: apart }),
      tables: {
        ...tables,
        source: [
          comments,
          'CREATE TABLE journal (id INT)',
          'CREATE TRIGGER note AFTER DELETE ON comments FOR EACH ROW INSERT INTO journal VALUES (OLD.id)',
        ],
      },
    });
    const capture = await replication.startCapture();
    const applier = await replication.startApplier();
    await eventually(() => expect(applier.status().backfill?.complete).toBe(true));
    await replication.source.query(
      "CREATE TRIGGER answer AFTER INSERT ON journal FOR EACH ROW UPDATE comments SET words = 'gone' WHERE id = 0",
    );
    await eventually(() =>
      expect(capture.status()).toMatchObject({
        state: 'stopped',
        code: 'unsafe_table',
        message: expect.stringMatching(/writes journal with its trigger answer, which writes comments/),
      }),
    );
    await replication.source.query('DROP TRIGGER answer');
    await eventually(() => expect(capture.status().state).toBe('reading'));
    await replication.end();
  });

  it('is stopped at an id that is the other side’s to make', async () => {
    const replication = await createReplication({ move: blogMove({ ids: apart }), tables });
    const capture: Capture = await replication.startCapture();
    const applier = await replication.startApplier();
    await eventually(() => expect(applier.status().backfill?.complete).toBe(true));
    await replication.source.query("INSERT INTO comments (id, post_id, words) VALUES (7, 1, 'odd')");
    await replication.source.query("UPDATE comments SET words = 'still odd' WHERE id = 7");
    await replication.source.query("INSERT INTO comments (id, post_id, words) VALUES (8, 1, 'even')");
    await eventually(() =>
      expect(capture.status()).toMatchObject({
        state: 'stopped',
        code: 'foreign_id',
        message: expect.stringMatching(/comments got a row with id = 8.*auto_increment_offset=1/),
      }),
    );
    await replication.source.query('UPDATE comments SET id = 9 WHERE id = 8');
    await replication.askForBackfill('service', true);
    await eventually(async () =>
      expect(await selectRows(replication.replica, 'SELECT remark_id, written FROM remarks')).toEqual([
        { remark_id: 7, written: 'still odd' },
        { remark_id: 9, written: 'even' },
      ]),
    );
    await replication.end();
  });
});
