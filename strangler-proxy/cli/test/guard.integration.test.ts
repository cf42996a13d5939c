import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findProgram } from '#platform/embedded/find-program.js';
import { type BlogDatabase, createBlogDatabase } from '../../../platform/trigger-guard/test/guarded-blog.js';
import { exitCodes } from '../output/exit-codes.js';
import { runCommand } from './support/run-command.js';

/** As a stranger would write it: the guard needs the names of tables and keys only. */
const moves = `export const moves = [{ capability: 'blog', tables: [{
  monolith: { table: 'comments', key: ['id'], ownedBy: 'post_id' },
  service: { table: 'remarks', key: ['remark_id'], ownedBy: 'post_id' } }] }];`;

describe('strangler guard', () => {
  let blog: BlogDatabase;
  let folder: string;

  beforeAll(async () => {
    blog = await createBlogDatabase();
    folder = mkdtempSync(join(tmpdir(), 'moves-'));
    writeFileSync(join(folder, 'moves.mjs'), moves);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await blog.drop();
  });

  const run = (name: string, ...args: string[]) =>
    runCommand(['guard', name, 'blog', '--side', 'monolith', ...args], {
      environment: { GUARD_MYSQL_URL: blog.url, STRANGLER_MOVES: join(folder, 'moves.mjs') },
    });
  const install = (...args: string[]) => run('install', '--sidecar-user', blog.sidecarAccount, ...args);

  it('says what is missing before it is installed', async () => {
    const { code, out, err } = await run('status');
    expect(code).toBe(exitCodes.failed);
    expect(out).toMatch(/comments +BEFORE INSERT +missing/);
    expect(err).toContain('strangler guard install blog --side monolith');
  });

  it('says what it does, and nothing the second time', async () => {
    const { code, out, err } = await install();
    expect(code).toBe(exitCodes.ok);
    expect(out.split('\n')).toEqual([
      'create the function strangler_bucket_blog',
      'create the trigger strangler_guard_comments_insert_a BEFORE INSERT on comments',
      'create the trigger strangler_guard_comments_update_a BEFORE UPDATE on comments',
      'create the trigger strangler_guard_comments_delete_a BEFORE DELETE on comments',
      'blog: the guard is in place on the monolith now',
    ]);
    expect(err).toBe(`exempt: ${blog.sidecarAccount}@%`);
    expect((await install()).out).toBe('blog: the guard is in place on the monolith');
  });

  it('shows it, with triggers that are not ours', async () => {
    await blog.admin.query('CREATE TRIGGER counted AFTER UPDATE ON comments FOR EACH ROW SET @counted = 1');
    const { code, out } = await run('status');
    expect(code).toBe(exitCodes.ok);
    expect(out).toMatch(/BEFORE UPDATE +in place +strangler_guard_comments_update_a, by \S+@\S+/);
    expect(out).toContain('not ours: counted, AFTER UPDATE of comments');
    const { out: json } = await run('status', '--json');
    expect(JSON.parse(json)).toMatchObject({ guarded: true, others: [{ name: 'counted' }] });
  });

  it('names a trigger that somebody has changed', async () => {
    await blog.admin.query('DROP TRIGGER strangler_guard_comments_delete_a');
    const { code, out } = await run('status');
    expect(code).toBe(exitCodes.failed);
    expect(out).toMatch(/BEFORE DELETE +missing/);
    expect((await install()).out).toMatch(/^create the trigger strangler_guard_comments_delete_a/);
  });

  it('prints a script that the server’s own client runs', async () => {
    expect((await run('remove', '--print')).out).toContain(
      'DROP TRIGGER `strangler_guard_comments_insert_a`$$',
    );
    expect((await run('remove')).code).toBe(exitCodes.ok);
    const { out: script } = await install('--print');
    const client = findProgram(['mariadb', 'mysql'], process.env['PATH'] ?? '');
    const { hostname, port, username, password, pathname } = new URL(blog.url);
    const child = spawn(
      client ?? 'mysql',
      [`-h${hostname}`, `-P${port}`, `-u${username}`, pathname.slice(1)],
      {
        env: { MYSQL_PWD: decodeURIComponent(password), PATH: process.env['PATH'] },
        stdio: ['pipe', 'inherit', 'inherit'],
      },
    );
    child.stdin.end(script);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await run('status')).toMatchObject({ code: exitCodes.ok });
  });

  it('lets a shell of the database write no row of the other side', async () => {
    await blog.own([blog.bucketOf(1)]);
    const shell = await blog.asProgram();
    await expect(shell.query("INSERT INTO comments (post_id, words) VALUES (2, 'by hand')")).rejects.toThrow(
      `bucket ${blog.bucketOf(2)} of blog (epoch 7) belongs to the service`,
    );
    shell.destroy();
  });

  it('is not removed as long as the other side owns rows, unless nothing is to be kept', async () => {
    const { code, err } = await run('remove');
    expect(code).toBe(exitCodes.failed);
    expect(err).toContain('does not own 99 of 100 buckets');
    const { out } = await run('remove', '--unguarded');
    expect(out).toContain('there is no guard on the monolith any more');
    expect((await run('remove', '--unguarded')).out).toBe('blog: there is no guard on the monolith');
  });

  it.each([
    ['no address', { GUARD_MYSQL_URL: '' }, exitCodes.wrongUsage, 'Where is the database?'],
    [
      'a database that is not there',
      { GUARD_MYSQL_URL: 'mysql://x:y@127.0.0.1:1/blog' },
      exitCodes.notReachable,
      "127.0.0.1:1 can't be reached",
    ],
    [
      'no such module',
      { STRANGLER_MOVES: '/nowhere/moves.mjs' },
      exitCodes.wrongUsage,
      "/nowhere/moves.mjs can't be loaded",
    ],
  ])('says what to do about %s', async (_, environment, code, message) => {
    const ran = await runCommand(['guard', 'status', 'blog', '--side', 'monolith'], {
      environment: { GUARD_MYSQL_URL: blog.url, STRANGLER_MOVES: join(folder, 'moves.mjs'), ...environment },
    });
    expect(ran).toMatchObject({ code, err: expect.stringContaining(message) });
  });

  it('says which moves there are', async () => {
    const ran = await runCommand(['guard', 'status', 'orders', '--side', 'service'], {
      environment: { GUARD_MYSQL_URL: blog.url, STRANGLER_MOVES: join(folder, 'moves.mjs') },
    });
    expect(ran.err).toMatch(/no move for orders in .*moves.mjs, but for blog only/);
  });
});
