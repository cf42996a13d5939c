import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Connection } from 'mysql2/promise';
import {
  connectToGuard,
  guardStatus,
  isGuarded,
  planGuard,
  planGuardRemoval,
  runStatements,
} from '../change-guard.js';
import { blog as move, createBlogDatabase, type BlogDatabase } from './guarded-blog.js';

const side = 'monolith';

describe('the guard of a table', () => {
  let blog: BlogDatabase;
  let connection: Connection;

  beforeEach(async () => {
    blog = await createBlogDatabase();
    connection = await connectToGuard(blog.url);
  });
  afterEach(async () => {
    connection.destroy();
    await blog.drop();
  });

  const plan = () => planGuard(connection, { move, side, applier: blog.sidecarAccount });
  const status = () => guardStatus(connection, { move, side, applier: undefined });
  const whatsToDo = async () => (await plan()).statements.map(({ what }) => what);
  const states = async () => (await status()).triggers.map(({ state }) => state);

  async function schema(): Promise<unknown[]> {
    const [triggers] = await blog.admin.query(
      `SELECT trigger_name, action_timing, event_manipulation, action_order, action_statement
       FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1`,
    );
    const [routines] = await blog.admin.query(
      'SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE()',
    );
    const [table] = await blog.admin.query('SHOW CREATE TABLE comments');
    return [triggers, routines, table];
  }

  const remarked = `CREATE TRIGGER remarked BEFORE INSERT ON comments FOR EACH ROW SET @remarked = NEW.words`;
  const counted = `CREATE TRIGGER counted AFTER UPDATE ON comments FOR EACH ROW SET @counted = 1`;

  it('is there once it is installed, and gone without a trace once it is removed', async () => {
    await blog.admin.query(remarked);
    await blog.admin.query(counted);
    const before = await schema();
    expect(await states()).toEqual(['missing', 'missing', 'missing']);
    expect(isGuarded(await status())).toBe(false);
    await blog.install();
    const installed = await status();
    expect(isGuarded(installed)).toBe(true);
    expect(installed).toMatchObject({
      applier: blog.sidecarAccount,
      exempt: [`${blog.sidecarAccount}@%`],
      function: 'in place',
      problems: [],
      others: [{ name: 'remarked' }, { name: 'counted' }],
    });
    expect(await whatsToDo()).toEqual([]);
    const removal = await planGuardRemoval(connection, { move, side }, false);
    expect(removal).toHaveLength(4);
    await runStatements(connection, removal, () => undefined);
    expect(await schema()).toEqual(before);
  });

  it('runs behind the triggers of the program, whose work is taken back with a refused write', async () => {
    await blog.admin.query('CREATE TABLE protocol (words VARCHAR(100))');
    await blog.admin.query(
      'CREATE TRIGGER noted BEFORE INSERT ON comments FOR EACH ROW INSERT INTO protocol VALUES (NEW.words)',
    );
    await blog.admin.query('CREATE TRIGGER sent BEFORE INSERT ON comments FOR EACH ROW SET NEW.post_id = 2');
    await blog.install();
    await blog.own([blog.bucketOf(1)]);
    const program = await blog.asProgram();
    await expect(program.query("INSERT INTO comments (post_id, words) VALUES (1, 'x')")).rejects.toThrow(
      `bucket ${blog.bucketOf(2)} of blog`,
    );
    await blog.own([blog.bucketOf(2)]);
    await program.query("INSERT INTO comments (post_id, words) VALUES (1, 'y')");
    program.destroy();
    expect((await blog.admin.query('SELECT words FROM protocol'))[0]).toEqual([{ words: 'y' }]);
  });

  it('is moved behind a trigger that came later', async () => {
    await blog.install();
    await blog.admin.query('CREATE TRIGGER sent BEFORE INSERT ON comments FOR EACH ROW SET NEW.post_id = 2');
    expect(await states()).toEqual(['overtaken', 'in place', 'in place']);
    expect(await whatsToDo()).toEqual([
      'create the trigger strangler_guard_comments_insert_b BEFORE INSERT on comments',
      'drop the trigger strangler_guard_comments_insert_a, which another one replaces',
    ]);
    await blog.install();
    expect(isGuarded(await status())).toBe(true);
    await blog.own([blog.bucketOf(1)]);
    const program = await blog.asProgram();
    await expect(program.query("INSERT INTO comments (post_id, words) VALUES (1, 'x')")).rejects.toThrow(
      'belongs to',
    );
    program.destroy();
  });

  it.each([
    ['a trigger was dropped', ['DROP TRIGGER strangler_guard_comments_update_a'], ['missing', 1]],
    [
      'a trigger was emptied',
      [
        'DROP TRIGGER strangler_guard_comments_update_a',
        'CREATE TRIGGER strangler_guard_comments_update_a BEFORE UPDATE ON comments FOR EACH ROW SET @off = 1',
      ],
      ['changed', 2],
    ],
    [
      'an installation was ended half-way',
      [
        'CREATE TRIGGER strangler_guard_comments_update_b BEFORE UPDATE ON comments FOR EACH ROW SET @off = 1',
      ],
      ['in place', 1],
    ],
  ] as const)('is put right where %s', async (_, statements, [state, count]) => {
    await blog.install();
    for (const statement of statements) await blog.admin.query(statement);
    expect((await states())[1]).toBe(state);
    expect((await plan()).statements).toHaveLength(count);
    await blog.install();
    expect(isGuarded(await status())).toBe(true);
    expect(await whatsToDo()).toEqual([]);
  });

  it('is put right where both of a trigger’s names are taken by others', async () => {
    await blog.install();
    await blog.admin.query('DROP TRIGGER strangler_guard_comments_delete_a');
    for (const name of ['a', 'b'])
      await blog.admin.query(
        `CREATE TRIGGER strangler_guard_comments_delete_${name} BEFORE DELETE ON comments FOR EACH ROW SET @off = 1`,
      );
    await blog.install();
    expect(isGuarded(await status())).toBe(true);
  });

  it('is put right where its function gives wrong buckets', async () => {
    await blog.install();
    await blog.admin.query('DROP FUNCTION strangler_bucket_blog');
    await blog.admin.query(
      'CREATE FUNCTION strangler_bucket_blog(k LONGTEXT) RETURNS TINYINT DETERMINISTIC NO SQL RETURN 1',
    );
    expect(await status()).toMatchObject({ function: 'changed' });
    await blog.install();
    expect(isGuarded(await status())).toBe(true);
  });

  it('is not without a guard at any moment while it is put right', async () => {
    await blog.install();
    await blog.own([]);
    const program = await blog.asProgram();
    let ended = false;
    const refused: string[] = [];
    const writing = (async () => {
      while (!ended) {
        const answer = await program
          .query("INSERT INTO comments (post_id, words) VALUES (2, 'x')")
          .then(() => 'written')
          .catch((error: unknown) => (error as { sqlState: string }).sqlState);
        refused.push(answer);
      }
    })();
    for (let round = 0; round < 10; round += 1) {
      await blog.admin.query(
        `CREATE TRIGGER later_${round} BEFORE INSERT ON comments FOR EACH ROW SET @later = ${round}`,
      );
      await blog.install();
    }
    ended = true;
    await writing;
    program.destroy();
    expect(new Set(refused)).toEqual(new Set(['45000']));
  });

  it('is refused where nobody could tell who owns a row', async () => {
    await blog.admin.query('DELETE FROM blog_ownership WHERE bucket = 3');
    await expect(plan()).rejects.toThrow(/blog_ownership .* has 99 rows instead of 100/);
    await blog.admin.query('DROP TABLE blog_ownership');
    await expect(plan()).rejects.toThrow(/blog_ownership .* is not there/);
    await blog.admin.query('DROP TABLE comments');
    await expect(plan()).rejects.toThrow(/comments has no column post_id/);
  });

  it('is refused where the exempt account is not there, or is no plain name', async () => {
    const asked = (applier: string) => planGuard(connection, { move, side, applier });
    await expect(asked('nobody_here')).rejects.toThrow('There is no account nobody_here');
    await expect(asked("x' OR '1")).rejects.toThrow('must be a name of letters');
    await expect(asked(`${blog.sidecarAccount}@%`)).rejects.toThrow('without its host');
  });

  it('is refused where an account without a name lets a client choose the sidecar’s', async () => {
    await blog.admin.query("CREATE USER ''@'192.0.2.1'");
    const refusal = await plan().catch((error: unknown) => (error as Error).message);
    const found = await status();
    await blog.admin.query("DROP USER ''@'192.0.2.1'");
    expect(refusal).toContain("DROP USER ''@'192.0.2.1';");
    expect(found.triggers.map(({ state }) => state)).toEqual(['missing', 'missing', 'missing']);
    await blog.install();
    await blog.admin.query("CREATE USER ''@'192.0.2.1'");
    const later = await status();
    await blog.admin.query("DROP USER ''@'192.0.2.1'");
    expect(later.problems).toEqual([expect.stringContaining("''@'192.0.2.1'")]);
    expect(isGuarded(later)).toBe(false);
  });

  it('waits only for so long where a transaction uses the table', async () => {
    const program = await blog.asProgram();
    await program.beginTransaction();
    await program.query("INSERT INTO comments (post_id, words) VALUES (1, 'x')");
    await connection.query('SET SESSION lock_wait_timeout = 1');
    const { statements } = await plan();
    await expect(runStatements(connection, statements, () => undefined)).rejects.toThrow(
      /create the trigger .*: a transaction has used the table for longer/,
    );
    program.destroy();
  });

  it('is removed only where this side owns all, or nothing is to be kept', async () => {
    await blog.install();
    await blog.own([1, 2]);
    await expect(planGuardRemoval(connection, { move, side }, false)).rejects.toThrow(
      /does not own 98 of 100 buckets of blog.*--unguarded/,
    );
    expect(await planGuardRemoval(connection, { move, side }, true)).toHaveLength(4);
  });

  it('says that the account is gone with whose rights it runs', async () => {
    await blog.admin.query("CREATE USER installer@'%' IDENTIFIED BY 'x'");
    const url = new URL(blog.url);
    await blog.admin.query("GRANT ALL PRIVILEGES ON *.* TO installer@'%'");
    [url.username, url.password] = ['installer', 'x'];
    const installer = await connectToGuard(url.href);
    const { statements } = await planGuard(installer, { move, side, applier: blog.sidecarAccount });
    await runStatements(installer, statements, () => undefined);
    installer.destroy();
    await blog.admin.query("DROP USER installer@'%'");
    expect((await status()).problems).toEqual([expect.stringContaining('installer@%')]);
  });
});

describe('an account that may not install a guard', () => {
  let blog: BlogDatabase;
  let schema: string;

  beforeAll(async () => {
    blog = await createBlogDatabase();
    schema = new URL(blog.url).pathname.slice(1);
  });
  afterAll(() => blog.drop());

  async function install(rights: readonly string[]): Promise<string> {
    await blog.admin.query("CREATE OR REPLACE USER limited@'%' IDENTIFIED BY 'x'");
    for (const right of rights) await blog.admin.query(`GRANT ${right} TO limited@'%'`);
    const url = new URL(blog.url);
    [url.username, url.password] = ['limited', 'x'];
    const connection = await connectToGuard(url.href);
    try {
      const { statements } = await planGuard(connection, { move, side, applier: blog.sidecarAccount });
      await runStatements(connection, statements, () => undefined);
      return 'installed';
    } catch (error) {
      return (error as Error).message;
    } finally {
      connection.destroy();
      await blog.admin.query("DROP USER limited@'%'");
    }
  }

  const onSchema = (rights: string) => `${rights} ON \`${schema}\`.*`;

  it('is told which rights it lacks, with the statements that give them', async () => {
    const message = await install([onSchema('SELECT')]);
    expect(message).toContain(`GRANT TRIGGER ON \`${schema}\`.* TO 'limited'@'%';`);
    expect(message).toContain(`GRANT CREATE ROUTINE ON \`${schema}\`.* TO 'limited'@'%';`);
    expect(message).not.toContain('GRANT SELECT');
  });

  it('is told of the binary log’s own condition', async () => {
    const message = await install([onSchema('SELECT, TRIGGER, CREATE ROUTINE, ALTER ROUTINE, EXECUTE')]);
    expect(message).toContain('SET GLOBAL log_bin_trust_function_creators = 1');
    expect(message).not.toContain('GRANT');
  });

  it('installs it with exactly what it was told of', async () => {
    await blog.admin.query('SET GLOBAL log_bin_trust_function_creators = 1');
    const installed = await install([onSchema('SELECT, TRIGGER, CREATE ROUTINE, ALTER ROUTINE, EXECUTE')]);
    await blog.admin.query('SET GLOBAL log_bin_trust_function_creators = 0');
    expect(installed).toBe('installed');
  });
});
