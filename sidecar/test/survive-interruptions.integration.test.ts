import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deleteLog, logState } from '#platform/messaging/ordered-log.js';
import { selectRows } from '../database/connect-mysql.js';
import { copyFolder, type OwnServer, ownBroker, ownDatabase } from './support/own-servers.js';
import { createReplication, eventually, type Replication } from './support/replication.js';
import { until } from '../../tests/support/until.js';
import { wideMs } from '../../tests/support/wide-limits.js';
import { type SidecarProcess, sidecarProcess } from './support/sidecar-process.js';
import { moves } from './support/stock-move.js';
import { seeded, writeAtRandom, type Writers } from './support/write-at-random.js';

describe('a replica under writes', () => {
  let broker: OwnServer;
  let database: OwnServer;
  let replication: Replication;
  let capture: SidecarProcess;
  let applier: SidecarProcess;
  let seed = 1;
  let filled: unknown;

  beforeAll(async () => {
    [broker, database] = await Promise.all([ownBroker(), ownDatabase()]);
    replication = await createReplication({ natsUrl: broker.url, mysqlUrl: database.url, move: moves[0] });
    [capture, applier] = await Promise.all([
      sidecarProcess('monolith', replication.sourceUrl, broker.url),
      sidecarProcess('service', replication.replicaUrl, broker.url),
    ]);
    await eventually(async () => {
      filled = await selectRows(replication.replica, 'SELECT * FROM strangler_backfill');
      expect(filled).toMatchObject([{ complete: 1 }, { complete: 1 }]);
    });
  });
  afterAll(async () => {
    await Promise.all([capture.kill(), applier.kill()]);
    await replication.end();
    await Promise.all([broker.end(), database.end()]);
  });

  /** Runs the fault while four clients write, and expects both sides to be equal soon after. */
  async function expectNothingLost(fault: () => Promise<void>): Promise<void> {
    const writers = writeAtRandom(replication.sourceUrl, 4, (seed += 10));
    await moreCommits(writers);
    const before = writers.committed();
    await fault();
    await moreCommits(writers);
    await writers.stop();
    expect(writers.committed()).toBeGreaterThan(before);
    await eventually(async () => {
      expect(await replication.differences()).toEqual([]);
    });
  }

  const moreCommits = async (writers: Writers) => {
    const before = writers.committed();
    await until('more is written', () => writers.committed() >= before + 20);
  };

  const lastSequence = () =>
    logState(replication.log).then(
      (state) => state?.lastSequence ?? 0,
      () => 0,
    );

  /** What is written arrives in the stream, which may have begun again at its first message. */
  async function streamGrows(): Promise<void> {
    const before = await lastSequence();
    await until('the stream grows', async () => {
      const now = await lastSequence();
      return now > 0 && now !== before;
    });
  }

  it('is equal after the capture was killed again and again', () =>
    expectNothingLost(async () => {
      const random = seeded(7);
      for (let times = 3; times > 0; times -= 1) {
        await sleep(random() * 300);
        await capture.kill();
        await sleep(random() * 300);
        await capture.start();
      }
    }));

  it('is equal after the applier was killed again and again', () =>
    expectNothingLost(async () => {
      const random = seeded(8);
      for (let times = 3; times > 0; times -= 1) {
        await sleep(random() * 300);
        await applier.kill();
        await sleep(random() * 300);
        await applier.start();
      }
    }));

  it('is equal after the broker was killed', () =>
    expectNothingLost(async () => {
      for (let times = 3; times > 0; times -= 1) {
        await broker.kill();
        await sleep(300);
        await broker.start();
        await streamGrows();
      }
    }));

  it('is equal after the database was killed', () =>
    expectNothingLost(async () => {
      await database.kill();
      await database.start();
      await replication.reconnect();
    }));

  it('is equal after the stream was deleted', () =>
    expectNothingLost(async () => {
      for (let times = 3; times > 0; times -= 1) {
        await eventually(() => deleteLog(replication.log));
        await sleep(300);
      }
    }));

  it('is equal after the stream was deleted with changes in it that had not been applied', () =>
    expectNothingLost(async () => {
      await applier.kill();
      await streamGrows();
      await deleteLog(replication.log);
      await sleep(500);
      await applier.start();
    }));

  it('is equal after the tail of the stream was deleted', () =>
    expectNothingLost(async () => {
      await applier.kill();
      const before = await lastSequence();
      await until('there is a tail', async () => (await lastSequence()) > before + 20);
      const last = await lastSequence();
      const manager = await replication.nats.jetstreamManager({ timeout: wideMs, checkAPI: false });
      for (let sequence = last; sequence > last - 20; sequence -= 1)
        await manager.streams.deleteMessage(replication.log.stream, sequence);
      await sleep(500);
      await applier.start();
    }));

  it('is equal after everything in the stream was purged', () =>
    expectNothingLost(async () => {
      await applier.kill();
      await streamGrows();
      await replication.log.manager.streams.purge(replication.log.stream);
      await sleep(300);
      await applier.start();
    }));

  it('is equal after the broker lost its last second', async () => {
    await broker.kill();
    const copy = join(broker.folder, '../copy');
    await copyFolder(broker.folder, copy);
    await broker.start();
    await expectNothingLost(async () => {
      await streamGrows();
      await broker.kill();
      await copyFolder(copy, broker.folder);
      await broker.start();
      await streamGrows();
    });
  });

  it('is equal after the broker lost its last second, while the applier was away', async () => {
    await broker.kill();
    const copy = join(broker.folder, '../copy');
    await copyFolder(broker.folder, copy);
    await broker.start();
    await expectNothingLost(async () => {
      await applier.kill();
      await streamGrows();
      await broker.kill();
      await copyFolder(copy, broker.folder);
      await broker.start();
      await sleep(1_000);
      await applier.start();
    });
  });

  it('is equal after the broker lost everything', () =>
    expectNothingLost(async () => {
      await broker.kill();
      await rm(broker.folder, { recursive: true });
      await broker.start();
      await streamGrows();
    }));

  it('is equal after everything in turn was suspended for a while', () =>
    expectNothingLost(async () => {
      for (const one of [capture, applier, broker, database]) {
        await one.suspend(1_500);
        await sleep(300);
      }
    }));

  it('is equal after another applier took over from one that was suspended, and that one woke up', () =>
    expectNothingLost(async () => {
      const other = await sidecarProcess('service', replication.replicaUrl, broker.url);
      await applier.suspend(3_000);
      await sleep(500);
      await other.kill();
    }));

  it('never needed a person or a second backfill', async () => {
    expect((await applier.status()).appliers['inventory']?.state).toBe('applying');
    expect(await selectRows(replication.replica, 'SELECT * FROM strangler_backfill')).toEqual(filled);
  });
});
