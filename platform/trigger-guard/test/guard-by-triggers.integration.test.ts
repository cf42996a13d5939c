import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mysql2/promise';
import { createBlogDatabase, type BlogDatabase } from './guarded-blog.js';

/** Two posts of different buckets: this side owns the first alone, from `beforeEach` on. */
const [own, others] = [1, 2];

describe('a program whose tables are guarded by triggers', () => {
  let blog: BlogDatabase;
  let program: Connection;

  beforeAll(async () => {
    blog = await createBlogDatabase();
    await blog.install();
    program = await blog.asProgram();
    expect(blog.bucketOf(own)).not.toBe(blog.bucketOf(others));
  });
  beforeEach(async () => {
    await program.query('ROLLBACK');
    await blog.own([blog.bucketOf(own), blog.bucketOf(others)]);
    await program.query('DELETE FROM comments');
    await program.query('ALTER TABLE comments AUTO_INCREMENT = 1');
    await program.query('INSERT INTO comments (id, post_id, words) VALUES (1, ?, ?), (2, ?, ?)', [
      ...[own, 'own', others, 'others'],
    ]);
    await blog.own([blog.bucketOf(own)]);
  });
  afterAll(async () => {
    program.destroy();
    await blog.drop();
  });

  const rows = async (): Promise<unknown> =>
    (await blog.admin.query('SELECT id, post_id, words FROM comments ORDER BY id'))[0];
  const asBefore = [
    { id: 1, post_id: own, words: 'own' },
    { id: 2, post_id: others, words: 'others' },
  ];

  it('writes what it owns', async () => {
    await program.query("INSERT INTO comments (post_id, words) VALUES (?, 'new')", [own]);
    await program.query("UPDATE comments SET words = 'changed' WHERE id = 1");
    await program.query("DELETE FROM comments WHERE words = 'new'");
    expect(await rows()).toEqual([{ ...asBefore[0], words: 'changed' }, asBefore[1]]);
  });

  it.each([
    ['an insert', 'INSERT INTO comments (post_id, words) VALUES (2, "new")'],
    ['an insert that ignores errors', 'INSERT IGNORE INTO comments (post_id, words) VALUES (2, "new")'],
    ['an insert of several owners', 'INSERT INTO comments (post_id, words) VALUES (1, "new"), (2, "new")'],
    [
      'an insert of a selection',
      'INSERT INTO comments (post_id, words) SELECT post_id, "new" FROM comments ORDER BY id',
    ],
    ['a replacement', 'REPLACE INTO comments (id, post_id, words) VALUES (2, 2, "new")'],
    [
      'a replacement of another owner’s row',
      'REPLACE INTO comments (id, post_id, words) VALUES (2, 1, "new")',
    ],
    [
      'an insert that becomes an update',
      'INSERT INTO comments (id, post_id, words) VALUES (2, 1, "new") ON DUPLICATE KEY UPDATE words = "new"',
    ],
    ['an update', 'UPDATE comments SET words = "new" WHERE id = 2'],
    ['an update that ignores errors', 'UPDATE IGNORE comments SET words = "new" WHERE id = 2'],
    ['an update of rows of several owners', 'UPDATE comments SET words = "new" ORDER BY id'],
    ['an update of several tables', 'UPDATE comments a JOIN comments b ON a.id = b.id SET a.words = "new"'],
    ['an update that gives a row away', 'UPDATE comments SET post_id = 2 WHERE id = 1'],
    ['an update that takes a row', 'UPDATE comments SET post_id = 1 WHERE id = 2'],
    ['a removal', 'DELETE FROM comments WHERE id = 2'],
    ['a removal that ignores errors', 'DELETE IGNORE FROM comments WHERE id = 2'],
    ['a removal of rows of several owners', 'DELETE FROM comments ORDER BY id'],
    ['a removal by several tables', 'DELETE a FROM comments a JOIN comments b ON a.id = b.id'],
  ])('is refused %s, as a whole', async (_, sql) => {
    await expect(program.query(sql.replaceAll('"', "'"))).rejects.toMatchObject({
      sqlState: '45000',
      message:
        `strangler: bucket ${blog.bucketOf(others)} of blog (epoch 7) belongs to the service: write it there, or through ` +
        'the gateway',
    });
    expect(await rows()).toEqual(asBefore);
  });

  it('can tell by the text which bucket to name in a 421, as the page shows', async () => {
    const page = readFileSync(
      new URL('../../../docs/runbooks/guard-by-triggers.md', import.meta.url),
      'utf8',
    );
    const [, pattern = ''] = /\/(\^strangler: .*?)\/\.exec/.exec(page) ?? [];
    const refusal = await program.query('DELETE FROM comments').catch((error: unknown) => error as Error);
    expect(new RegExp(pattern).exec((refusal as Error).message)?.slice(1)).toEqual([
      String(blog.bucketOf(others)),
      '7',
    ]);
  });

  it('goes on in its transaction with what it owns', async () => {
    await program.beginTransaction();
    await program.query("UPDATE comments SET words = 'first' WHERE id = 1");
    await expect(program.query("UPDATE comments SET words = 'new' WHERE id IN (1, 2)")).rejects.toThrow(
      'belongs to',
    );
    await program.commit();
    expect(await rows()).toEqual([{ ...asBefore[0], words: 'first' }, asBefore[1]]);
  });

  it.each([
    ['a variable of the session', "SET @strangler_guard = 'off', @user = 'sidecar'"],
    ['loose settings', "SET SESSION sql_mode = '', foreign_key_checks = 0, unique_checks = 0"],
    ['another isolation', 'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED'],
    ['a stricter isolation', 'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE'],
  ])('can’t get round it by %s', async (_, setting) => {
    const connection = await blog.asProgram();
    await connection.query(setting);
    await expect(connection.query("UPDATE comments SET words = 'new' WHERE id = 2")).rejects.toThrow(
      'belongs to',
    );
    connection.destroy();
    expect(await rows()).toEqual(asBefore);
  });

  it('can’t get round it by a routine that the sidecar’s account has made', async () => {
    const sidecar = await blog.asSidecar();
    await sidecar.query(
      "CREATE PROCEDURE by_sidecar() SQL SECURITY DEFINER UPDATE comments SET words = 'new' WHERE id = 2",
    );
    await expect(program.query('CALL by_sidecar()')).rejects.toThrow('belongs to');
    await sidecar.query('CALL by_sidecar()');
    expect(await rows()).toEqual([asBefore[0], { ...asBefore[1], words: 'new' }]);
    await sidecar.query('DROP PROCEDURE by_sidecar');
    sidecar.destroy();
  });

  it.each([
    ['begins like the sidecar’s', (name: string) => `${name}x`],
    ['holds the sidecar’s and a host', (name: string) => `${name}@x`],
    ['differs from the sidecar’s in a capital', (name: string) => name.replace('sidecar', 'Sidecar')],
  ])('is refused as an account whose name %s', async (_, rename) => {
    const name = rename(blog.sidecarAccount);
    await blog.admin.query("CREATE USER ?@'%' IDENTIFIED BY 'x'", [name]);
    await blog.admin.query("GRANT ALL PRIVILEGES ON *.* TO ?@'%'", [name]);
    const { createConnection } = await import('mysql2/promise');
    const { hostname, port, pathname } = new URL(blog.url);
    const connection = await createConnection({
      ...{ host: hostname, port: Number(port), user: name, password: 'x', database: pathname.slice(1) },
    });
    await expect(connection.query("UPDATE comments SET words = 'new' WHERE id = 2")).rejects.toThrow(
      'belongs to',
    );
    connection.destroy();
    await blog.admin.query("DROP USER ?@'%'", [name]);
    expect(await rows()).toEqual(asBefore);
  });

  it('leaves the sidecar’s writes alone', async () => {
    const sidecar = await blog.asSidecar();
    await sidecar.query("INSERT INTO comments (id, post_id, words) VALUES (4, 2, 'replicated')");
    await sidecar.query("UPDATE comments SET words = 'replicated' WHERE id = 2");
    await sidecar.query('DELETE FROM comments WHERE id = 4');
    sidecar.destroy();
    expect(await rows()).toEqual([asBefore[0], { ...asBefore[1], words: 'replicated' }]);
  });

  it('splits a nightly job by owner, and leaves the other side its half', async () => {
    const [result] = await program.query(
      `UPDATE comments SET words = 'nightly' WHERE strangler_bucket_blog(post_id) IN
         (SELECT bucket FROM blog_ownership WHERE state = 'owned')`,
    );
    expect(result).toMatchObject({ affectedRows: 1 });
    expect(await rows()).toEqual([{ ...asBefore[0], words: 'nightly' }, asBefore[1]]);
  });

  it('holds the owner’s row until its transaction ends, and no other bucket’s', async () => {
    await program.beginTransaction();
    await program.query("INSERT INTO comments (post_id, words) VALUES (?, 'new')", [own]);
    const release = await blog.asSidecar();
    await release.query('SET SESSION innodb_lock_wait_timeout = 1');
    const sql = "UPDATE blog_ownership SET state = 'released' WHERE bucket = ?";
    await release.query(sql, [blog.bucketOf(others)]);
    await expect(release.query(sql, [blog.bucketOf(own)])).rejects.toMatchObject({ errno: 1205 });
    await program.commit();
    await release.query(sql, [blog.bucketOf(own)]);
    release.destroy();
    await expect(
      program.query("INSERT INTO comments (post_id, words) VALUES (?, 'late')", [own]),
    ).rejects.toThrow('belongs to');
  });
});
