import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { releaseRequestSchema } from '#contracts/strangler/ownership.js';
import { provisionMysql } from '#platform/embedded/mysql/provision-mysql.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { until } from '../../tests/support/until.js';
import { type Connection, connectMysql, quoteName, selectRows } from '../database/connect-mysql.js';
import { releaseBuckets } from '../ownership/release-buckets.js';
import { createReplication, type Replication } from './support/replication.js';

describe("a release that another account's transaction holds up", () => {
  let replication: Replication;
  let table: string;
  let write: Connection;
  const users: string[] = [];

  beforeAll(async () => {
    replication = await createReplication();
    table = quoteName(ownershipTable(replication.move.capability));
    write = await connectMysql(replication.sourceUrl);
    await write.beginTransaction();
    await write.query(`SELECT bucket FROM ${table} WHERE bucket = 7 LOCK IN SHARE MODE`);
  });
  afterAll(async () => {
    write.destroy();
    for (const connection of opened) connection.destroy();
    for (const user of users) await replication.source.query(`DROP USER ${user}`);
    await replication.end();
  });

  const opened: Connection[] = [];
  async function connectTo(url: string): Promise<Connection> {
    const connection = await connectMysql(url);
    opened.push(connection);
    return connection;
  }

  async function isWaiting(sidecar: Connection, { threadId }: Connection): Promise<boolean> {
    // The server draws its picture of locks anew only when nobody has looked at it for 100 ms.
    await sleep(300);
    const trx = `SELECT 1 FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = ${threadId}`;
    return (await selectRows(sidecar, `${trx} AND trx_state = 'LOCK WAIT'`)).length > 0;
  }

  /** The sidecar's account as an installation has it. */
  async function accountWith(ownServer: boolean, ...rights: string[]): Promise<string> {
    const user = `sidecar-${randomBytes(4).toString('hex')}`;
    const url = new URL(replication.sourceUrl);
    const account = { user, password: 'secret', schema: url.pathname.slice(1), capturesChanges: true };
    await provisionMysql({ adminUrl: replication.sourceUrl, accountHost: '127.0.0.1', ownServer }, [account]);
    users.push(`'${user}'@'127.0.0.1'`);
    for (const right of rights)
      await replication.source.query(`GRANT ${right} ON *.* TO '${user}'@'127.0.0.1'`);
    url.username = user;
    url.password = 'secret';
    return url.href;
  }

  function release(url: string, bucket = 7): ReturnType<typeof releaseBuckets> {
    const request = releaseRequestSchema.parse({
      handOver: 'test',
      buckets: [{ bucket, expected: 1 }],
      patience: 2_000,
      killBlockers: true,
    });
    return releaseBuckets(url, replication.move.capability, request, (error) => {
      throw error;
    });
  }

  it('says that it may not name it when it lacks the right', async () => {
    const answer = await release(await accountWith(false));
    expect(answer).toMatchObject({ outcome: 'gave-up', blockers: [] });
    expect(answer.advice).toMatch(/GRANT PROCESS ON \*\.\*/);
  });

  it('names it, and says that it may not end it when it lacks that right', async () => {
    const answer = await release(await accountWith(false, 'PROCESS'));
    expect(answer).toMatchObject({
      outcome: 'gave-up',
      blockers: [{ connection: write.threadId, killed: false }],
    });
    expect(answer.advice).toMatch(/create the procedure strangler_end_blocker .* GRANT CONNECTION ADMIN/);
  });

  it('ends nobody when it can not tell which of two it is', async () => {
    const other = await connectMysql(replication.sourceUrl);
    await other.beginTransaction();
    await other.query(`SELECT bucket FROM ${table} WHERE bucket = 8 LOCK IN SHARE MODE`);
    const answer = await release(await accountWith(true));
    expect(answer).toMatchObject({ outcome: 'gave-up' });
    expect(answer.blockers).toContainEqual(
      expect.objectContaining({ connection: write.threadId, killed: false }),
    );
    expect((await selectRows(other, 'SELECT 1 AS alive'))[0]).toEqual({ alive: 1 });
    other.destroy();
  });

  it('names and ends it with the rights that its account is given on a server of our own', async () => {
    const answer = await release(await accountWith(true));
    expect(answer).toMatchObject({
      outcome: 'released',
      blockers: [{ connection: write.threadId, killed: true }],
    });
    expect(answer.advice).toBeUndefined();
  });

  it('ends nobody else: no connection that holds up nothing, or another account’s, or another schema’s', async () => {
    const url = await accountWith(true);
    const [sidecar, waits] = [await connectTo(url), await connectTo(url)];
    const another = await connectTo(await accountWith(true));
    const [holder, bystander] = [
      await connectTo(replication.sourceUrl),
      await connectTo(replication.replicaUrl),
    ];
    await holder.beginTransaction();
    await holder.query(`SELECT bucket FROM ${table} WHERE bucket = 8 LOCK IN SHARE MODE`);
    const end = (of: Connection, blocking: Connection) =>
      of.query('CALL strangler_end_blocker(?, ?)', [waits.threadId, blocking.threadId]);
    for (const victim of [bystander, holder])
      await expect(sidecar.query('KILL ?', [victim.threadId])).rejects.toMatchObject({ errno: 1095 });
    await expect(end(sidecar, holder)).rejects.toThrow('holds up none');
    const wait = waits
      .query(`SELECT bucket FROM ${table} WHERE bucket = 8 FOR UPDATE`)
      .catch(() => undefined);
    await until('it waits for a lock', () => isWaiting(sidecar, waits));
    await expect(end(sidecar, bystander)).rejects.toThrow('holds up none');
    await expect(end(another, holder)).rejects.toThrow('holds up none');
    expect(await selectRows(holder, 'SELECT 1 AS alive')).toEqual([{ alive: 1 }]);
    await end(sidecar, holder);
    await expect(holder.query('SELECT 1')).rejects.toThrow();
    await wait;
  });

  it('ends it by a right to end all connections, where there is no such procedure', async () => {
    const held = await connectTo(replication.sourceUrl);
    await held.beginTransaction();
    await held.query(`SELECT bucket FROM ${table} WHERE bucket = 9 LOCK IN SHARE MODE`);
    const url = await accountWith(false, 'PROCESS', 'CONNECTION ADMIN');
    await replication.source.query('DROP PROCEDURE strangler_end_blocker');
    const answer = await release(url, 9);
    expect(answer).toMatchObject({
      outcome: 'released',
      blockers: [{ connection: held.threadId, killed: true }],
    });
  });
});
