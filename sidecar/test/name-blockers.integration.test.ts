import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { releaseRequestSchema } from '#contracts/strangler/ownership.js';
import { provisionMysql } from '#platform/embedded/mysql/provision-mysql.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import { type Connection, connectMysql, quoteName, selectRows } from '../connect-mysql.js';
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
    for (const user of users) await replication.source.query(`DROP USER ${user}`);
    await replication.end();
  });

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

  function release(url: string): ReturnType<typeof releaseBuckets> {
    const request = releaseRequestSchema.parse({
      handOver: 'test',
      buckets: [{ bucket: 7, expected: 1 }],
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
    expect(answer.advice).toMatch(/GRANT CONNECTION ADMIN/);
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
});
