import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findInstances } from '#platform/discovery/find-instances.js';
import { deleteLog } from '#platform/messaging/ordered-log.js';
import { connectMysql, selectRows } from '../database/connect-mysql.js';
import { askOwners } from './support/ask-owners.js';
import { freePort, type OwnServer, ownBroker, ownDatabase } from './support/own-servers.js';
import { createReplication, eventually, type Replication } from './support/replication.js';
import { type SidecarProcess, sidecarProcess } from './support/sidecar-process.js';
import { moves } from './support/stock-move.js';

describe('the sidecar as a program', () => {
  let broker: OwnServer;
  let database: OwnServer;
  let replication: Replication;
  let capture: SidecarProcess;
  let applier: SidecarProcess;
  let program: Server;
  let ready = true;

  beforeAll(async () => {
    [broker, database] = await Promise.all([ownBroker(), ownDatabase()]);
    replication = await createReplication({ natsUrl: broker.url, mysqlUrl: database.url, move: moves[0] });
    program = createServer((_, response) => void response.writeHead(ready ? 200 : 503).end());
    const port = await freePort();
    await once(program.listen(port, '127.0.0.1'), 'listening');
    // Neither broker nor database are there when the sidecars start.
    await Promise.all([broker.kill(), database.kill()]);
    [capture, applier] = await Promise.all([
      sidecarProcess('monolith', replication.sourceUrl, broker.url, {
        PROGRAM_NAME: 'old-shop',
        PROGRAM_URL: `http://127.0.0.1:${port}`,
      }),
      sidecarProcess('service', replication.replicaUrl, broker.url),
    ]);
  });
  afterAll(async () => {
    await Promise.all([capture.kill(), applier.kill()]);
    program.close();
    await replication.end();
    await Promise.all([broker.end(), database.end()]);
  });

  const insert = (id: string) =>
    replication.source.query('INSERT INTO stock_items VALUES (?, 1, 0, 1, UTC_TIMESTAMP(3))', [id]);

  async function expectEqual(): Promise<void> {
    await eventually(async () => {
      expect(await replication.differences()).toEqual([]);
    });
  }

  /** A log that somebody still reads stays, without a word. */
  async function purgeLog(): Promise<void> {
    await replication.source.query('FLUSH BINARY LOGS');
    await eventually(async () => {
      const names = await selectRows<{ Log_name: string }>(replication.source, 'SHOW BINARY LOGS');
      await replication.source.query(`PURGE BINARY LOGS TO '${names.at(-1)?.Log_name}'`);
      expect(await selectRows(replication.source, 'SHOW BINARY LOGS')).toHaveLength(1);
    });
  }

  const health = async (sidecar: SidecarProcess, path: string) =>
    (await fetch(`${sidecar.adminUrl}/health/${path}`)).status;

  it('waits for database and broker, in whatever order they come', async () => {
    expect([await health(capture, 'live'), await health(capture, 'ready')]).toEqual([200, 503]);
    await database.start();
    await replication.reconnect();
    await insert('before the broker');
    await broker.start();
    await expectEqual();
    await eventually(async () =>
      expect([await health(capture, 'ready'), await health(applier, 'ready')]).toEqual([200, 200]),
    );
  });

  it('tells its metrics and its status', async () => {
    await eventually(async () =>
      expect((await applier.status()).appliers['inventory']?.backfill?.complete).toBe(true),
    );
    const metrics = await (await fetch(`${applier.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/strangler_apply_lag_milliseconds\{capability="inventory"\} \d+/);
    expect(metrics).toMatch(
      /strangler_sidecar_state\{role="apply",capability="inventory",state="applying"\} 1/,
    );
    expect(metrics).toMatch(/strangler_backfill_percent\{capability="inventory",table="stock_items"\} 100/);
    expect(await applier.status()).toMatchObject({
      program: 'service',
      side: 'service',
      appliers: { inventory: { state: 'applying', lag: expect.any(Number), backfill: { complete: true } } },
    });
    expect(metrics).toContain('strangler_owned_buckets{capability="inventory"} 0');
    expect(await capture.status()).toMatchObject({
      captures: { inventory: { state: 'reading' } },
      ownerships: { inventory: { state: 'answering', owned: 100 } },
    });
  });

  const found = () => findInstances(replication.nats, 'old-shop');

  it('keeps the program beside it in discovery for as long as that is ready', async () => {
    await eventually(async () =>
      expect(await found()).toMatchObject([{ metadata: { url: expect.stringMatching(/^http/) } }]),
    );
    ready = false;
    await eventually(async () => expect(await found()).toEqual([]));
    ready = true;
    await eventually(async () => expect(await found()).toHaveLength(1));
  });

  it('hands buckets over, there and back', async () => {
    const owners = askOwners(replication);
    await owners.handOver('monolith', [3, 4]);
    await owners.handOver('service', [3, 4]);
    expect(await owners.row('monolith', 3)).toEqual({ bucket: 3, state: 'owned', epoch: 3, vetoed: 0 });
  });

  it('releases nothing when it is killed while it waits for a write in flight', async () => {
    const owners = askOwners(replication);
    const write = await connectMysql(replication.sourceUrl);
    await write.beginTransaction();
    await write.query('SELECT bucket FROM inventory_ownership WHERE bucket = 5 LOCK IN SHARE MODE');
    const unanswered = owners.release('monolith', { 5: 1 }, {}, 1_000).catch((error: unknown) => error);
    await eventually(async () => {
      const running = await selectRows(
        replication.source,
        "SELECT id FROM information_schema.processlist WHERE info LIKE 'UPDATE `inventory_ownership`%'",
      );
      expect(running).toHaveLength(1);
    });
    await capture.kill();
    await write.commit();
    write.destroy();
    await capture.start();
    await eventually(async () => {
      expect(await owners.row('monolith', 5)).toEqual({ bucket: 5, state: 'owned', epoch: 1, vetoed: 0 });
    });
    expect(await unanswered).toBeInstanceOf(Error);
  });

  it('says what to set when the log of the database is not what it needs, and goes on once it is', async () => {
    // It was killed a moment ago. The settings are looked at where a reading begins: one that is about to has seen the old ones.
    await eventually(async () =>
      expect((await capture.status()).captures['inventory']).toMatchObject({ state: 'reading' }),
    );
    await replication.source.query("SET GLOBAL binlog_row_metadata = 'MINIMAL'");
    await broker.kill();
    await broker.start();
    await eventually(async () => {
      expect((await capture.status()).captures['inventory']).toMatchObject({
        state: 'stopped',
        code: 'source_settings',
        message: expect.stringContaining('SET GLOBAL binlog_row_metadata=FULL'),
      });
    });
    expect(await health(capture, 'ready')).toBe(503);
    await replication.source.query("SET GLOBAL binlog_row_metadata = 'FULL'");
    await insert('after the setting');
    await expectEqual();
  });

  it('says that the replica has to be filled anew when the log was purged, and does that on request', async () => {
    await capture.terminate();
    await insert('purged');
    await purgeLog();
    await deleteLog(replication.log);
    await insert('after the purge');
    await capture.start();
    await eventually(async () => {
      expect((await capture.status()).captures['inventory']).toMatchObject({
        state: 'stopped',
        code: 'position_unavailable',
        message: expect.stringContaining('fill the replica anew'),
      });
    });
    await eventually(async () => {
      expect((await applier.status()).appliers['inventory']).toMatchObject({
        state: 'stopped',
        failure: { code: 'position_unavailable', message: expect.stringContaining('fill the replica anew') },
      });
    });
    await replication.askForBackfill('service', true);
    await expectEqual();
    await eventually(async () =>
      expect((await applier.status()).appliers['inventory']?.backfill?.complete).toBe(true),
    );
  });

  it('ends by itself when asked to', async () => {
    expect(await Promise.all([capture.terminate(), applier.terminate()])).toEqual([0, 0]);
    await eventually(async () => expect(await found()).toEqual([]));
  });
});
