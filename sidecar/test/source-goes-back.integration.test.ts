import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Applier } from '../apply/run-apply.js';
import type { Capture } from '../capture/run-capture.js';
import type { Ownership } from '../ownership/run-ownership.js';
import { selectRows } from '../database/connect-mysql.js';
import { until } from '../../tests/support/until.js';
import { askOwners } from './support/ask-owners.js';
import { copyFolder, ownDatabase, type OwnServer } from './support/own-servers.js';
import { createReplication, eventually, type Replication } from './support/replication.js';

describe("a source's database that is put back to an earlier copy", () => {
  let server: OwnServer;
  let replication: Replication;
  let capture: Capture;
  let applier: Applier;
  let ownership: Ownership;
  let rows = 0;

  beforeAll(async () => {
    server = await ownDatabase();
    replication = await createReplication({ sourceMysqlUrl: server.url });
    capture = await replication.startCapture();
    applier = await replication.startApplier();
    ownership = await replication.startOwnership('service');
    await write(20);
    await expectEqual();
  });
  afterAll(async () => {
    await replication.end();
    await server.end();
    await rm(copy(), { recursive: true, force: true });
    await rm(copy('later'), { recursive: true, force: true });
  });

  const copy = (name = 'earlier') => `${server.folder}-${name}`;

  async function write(count: number): Promise<void> {
    for (let row = 0; row < count; row += 1) {
      rows += 1;
      await replication.source.query(
        `INSERT INTO stock_items VALUES ('row-${rows}', ${rows}, 0, 1, UTC_TIMESTAMP(3))`,
      );
    }
  }

  /** Tells what both programs say as well, where the sides stay different. */
  const expectEqual = (): Promise<void> =>
    eventually(async () => {
      const differences = await replication.differences();
      if (differences.length > 0)
        throw new Error(
          JSON.stringify({ differences, capture: capture.status(), applier: applier.status() }),
        );
    });

  async function keepCopy(name?: string): Promise<void> {
    await server.terminate();
    await copyFolder(server.folder, copy(name));
    await server.start();
    await replication.reconnect();
  }

  /** Then the clock of the log has gone on: of two transactions in one second it can't tell which is which. */
  async function putBack(name?: string): Promise<void> {
    const before = await second();
    await server.kill();
    await copyFolder(copy(name), server.folder);
    await server.start();
    await replication.reconnect();
    await until('the next second', async () => (await second()) > before);
  }

  async function second(): Promise<number> {
    const [row] = await selectRows<{ now: number }>(replication.source, 'SELECT UNIX_TIMESTAMP() AS now');
    return row?.now ?? 0;
  }

  async function goesOnWithNewChain(): Promise<void> {
    await replication.askForBackfill('service', true);
    await eventually(() => {
      expect(capture.status().state).toBe('reading');
      expect(applier.status()).toMatchObject({ state: 'applying', backfill: { complete: true } });
    });
    await write(3);
    await expectEqual();
  }

  const expectStopped = (): Promise<void> =>
    eventually(() => {
      expect(capture.status()).toMatchObject({
        state: 'stopped',
        code: 'source_went_back',
        message: expect.stringMatching(/gone back in time.*data verify.*--new-chain/),
      });
      expect(applier.status().backfill?.complete).toBe(false);
    });

  it('is noticed when it has less than the replica, and nothing is read until a new chain begins', async () => {
    await keepCopy();
    await write(40);
    await expectEqual();
    await putBack();
    await expectStopped();
    await write(60);
    expect((await askOwners(replication).answer('service')).wentBack).toBe(true);
    expect(capture.status().state).toBe('stopped');
    await goesOnWithNewChain();
  });

  it('is noticed when it has given the known GTIDs to other transactions since', async () => {
    await keepCopy();
    await write(10);
    await expectEqual();
    await capture.stop();
    await putBack();
    // Many more than the replica has: heartbeats alone would do the same in some seconds.
    await write(200);
    capture = await replication.startCapture();
    await expectStopped();
    expect(capture.status().message).toMatch(/was committed at .* the one that the replica has was/);
    await goesOnWithNewChain();
  });

  it('stays noticed over restarts, and when the database is put forward again', async () => {
    await keepCopy();
    await write(10);
    await expectEqual();
    await keepCopy('later');
    await putBack();
    await expectStopped();
    await capture.stop();
    await putBack('later');
    capture = await replication.startCapture();
    await expectStopped();
    await applier.stop();
    applier = await replication.startApplier();
    await eventually(() => expect(applier.status().backfill?.complete).toBe(false));
    expect(ownership.status().state).toBe('answering');
    await goesOnWithNewChain();
  });

  it('is none where it has only been restarted, with a log that was purged up to the place', async () => {
    await capture.stop();
    await server.terminate();
    await server.start();
    await replication.reconnect();
    await replication.stopHeartbeats('monolith');
    capture = await replication.startCapture();
    await write(1);
    await expectEqual();
    await capture.stop();
    await until('nobody reads the log', async () => {
      const [row] = await selectRows<{ readers: number }>(
        replication.source,
        "SELECT COUNT(*) AS readers FROM information_schema.PROCESSLIST WHERE COMMAND = 'Binlog Dump'",
      );
      return row?.readers === 0;
    });
    await replication.source.query('FLUSH BINARY LOGS');
    const [log] = await selectRows<{ File: string }>(replication.source, 'SHOW MASTER STATUS');
    await replication.source.query(`PURGE BINARY LOGS TO '${log?.File ?? ''}'`);
    capture = await replication.startCapture();
    replication.startHeartbeats('monolith');
    await eventually(() => {
      if (capture.status().state !== 'reading') throw new Error(JSON.stringify(capture.status()));
    });
    await write(5);
    await expectEqual();
    expect(capture.status().state).toBe('reading');
  });
});
