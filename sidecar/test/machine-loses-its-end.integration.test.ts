import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ChangeMessage } from '#contracts/strangler/change-message.js';
import { lastEntry } from '#platform/messaging/ordered-log.js';
import { until } from '../../tests/support/until.js';
import { selectRows } from '../database/connect-mysql.js';
import { copyFolder, ownBroker, ownDatabase, type OwnServer } from './support/own-servers.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe('a machine with database and broker that comes back without the end of both', () => {
  let servers: OwnServer[];
  let replication: Replication;
  let rows = 0;

  beforeAll(async () => {
    const [broker, database] = await Promise.all([ownBroker(), ownDatabase()]);
    servers = [broker, database];
    replication = await createReplication({ natsUrl: broker.url, sourceMysqlUrl: database.url });
  });
  afterAll(async () => {
    await replication.end();
    for (const server of servers) {
      await server.end();
      await rm(copyOf(server), { recursive: true, force: true });
    }
  });

  const copyOf = ({ folder }: OwnServer) => `${folder}-copy`;

  async function fail(meanwhile: (server: OwnServer) => Promise<void>): Promise<void> {
    for (const server of servers) {
      await server.terminate();
      await meanwhile(server);
      await server.start();
    }
    await replication.reconnect();
  }

  async function write(count: number): Promise<void> {
    for (let row = 0; row < count; row += 1) {
      rows += 1;
      await replication.source.query(
        `INSERT INTO stock_items VALUES ('row-${rows}', ${rows}, 0, 1, UTC_TIMESTAMP(3))`,
      );
    }
  }

  async function second(): Promise<number> {
    const [row] = await selectRows<{ now: number }>(replication.source, 'SELECT UNIX_TIMESTAMP() AS now');
    return row?.now ?? 0;
  }

  /** The number of the newest message in the stream. */
  async function newest(): Promise<number> {
    const entry = await lastEntry(replication.log);
    const { position } = JSON.parse(Buffer.from(entry?.data ?? []).toString()) as ChangeMessage;
    return position.seq;
  }

  it('is noticed, although what follows goes on with the number that the replica expects', async () => {
    const [capture, applier] = [await replication.startCapture(), await replication.startApplier()];
    await write(3);
    await eventually(async () => {
      expect(await replication.differences()).toEqual([]);
      expect(applier.status().backfill?.complete).toBe(true);
    });
    // Only writes count from now on, and so the messages of both histories are numbered alike.
    await replication.stopHeartbeats('monolith');
    await Promise.all([capture.stop(), applier.stop()]);
    await fail((server) => copyFolder(server.folder, copyOf(server)));

    const [before, other] = [await replication.startCapture(), await replication.startApplier()];
    await write(5);
    await eventually(async () => expect(await replication.differences()).toEqual([]));
    const [applied, at] = [await newest(), await second()];
    await Promise.all([before.stop(), other.stop()]);
    await fail((server) => copyFolder(copyOf(server), server.folder));

    // Of two transactions in one second the log can't tell which is which.
    await until('the next second', async () => (await second()) > at);
    const after = await replication.startCapture();
    await write(5);
    await eventually(async () => expect(await newest()).toBe(applied));
    await write(1);
    await eventually(async () => expect(await newest()).toBe(applied + 1));
    const late = await replication.startApplier();
    await eventually(() => {
      expect(after.status()).toMatchObject({ state: 'stopped', code: 'source_went_back' });
      expect(late.status().backfill?.complete).toBe(false);
    });
  });
});
