import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { type ChangeMessage, changeStream, changeSubject } from '#contracts/strangler/change-message.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import {
  deleteLog,
  type LogEntry,
  openLog,
  type OrderedLog,
  readLog,
} from '#platform/messaging/ordered-log.js';
import { testServers } from '../../tests/support/servers.js';
import { type Applier, runApply } from '../apply/run-apply.js';
import { type Capture, runCapture } from '../capture/run-capture.js';
import { writeHeartbeats } from '../capture/write-heartbeats.js';
import { createMetrics } from '../metrics.js';
import { createReplication, eventually, logger, type Replication } from './support/replication.js';

jest.setTimeout(60_000);

describe('changes that travel both ways at once', () => {
  let replication: Replication;
  let back: OrderedLog;
  const running: (Capture | Applier)[] = [];
  let stopHeartbeats: () => Promise<void>;
  let closeNats: () => Promise<void>;

  beforeAll(async () => {
    replication = await createReplication();
    await replication.startCapture();
    const forth = await replication.startApplier();
    await eventually(() => expect(forth.status().backfill?.complete).toBe(true));

    const { move, sourceUrl, replicaUrl } = replication;
    const nats = await connectNats('back', testServers().natsUrl);
    closeNats = () => nats.close();
    back = await openLog(
      nats,
      changeStream(move.capability, 'service'),
      changeSubject(move.capability, 'service'),
    );
    const metrics = createMetrics(new Registry());
    const common = { move, nats, logger };
    stopHeartbeats = writeHeartbeats(replicaUrl, logger);
    const applier = runApply({ ...common, url: sourceUrl, side: 'monolith', metrics: metrics.apply('back') });
    running.push(
      runCapture({ ...common, url: replicaUrl, side: 'service', metrics: metrics.capture('back') }),
      applier,
    );
    // A backfill removes what its source doesn't have, so the way back has to be filled before anybody writes.
    await eventually(() => expect(applier.status().backfill?.complete).toBe(true));
    await eventually(() => expect(running.map((one) => one.status().state)).toEqual(['reading', 'applying']));
  });
  afterAll(async () => {
    for (const one of running.toReversed()) await one.stop();
    await stopHeartbeats();
    await deleteLog(back);
    await closeNats();
    await replication.end();
  });

  async function changesOf(log: OrderedLog): Promise<unknown[]> {
    const reader = await readLog(log, 1);
    const entries: LogEntry[] = [];
    const { lastSequence } = { lastSequence: (await log.manager.streams.info(log.stream)).state.last_seq };
    while ((entries.at(-1)?.sequence ?? 0) < lastSequence) entries.push(...(await reader.take(1_000, 1_000)));
    await reader.close();
    return entries.flatMap(({ data }) =>
      (JSON.parse(Buffer.from(data).toString()) as ChangeMessage).changes.map(
        ({ after }) => Object.values(after ?? {})[0],
      ),
    );
  }

  it('reach the other side, and are not sent back from there', async () => {
    await replication.source.query("INSERT INTO stock_items VALUES ('forth', 5, 2, 1, UTC_TIMESTAMP(3))");
    await replication.replica.query("INSERT INTO stock_levels VALUES ('back', 9, 4, 1, UTC_TIMESTAMP(3))");
    await eventually(async () => {
      const sides = await replication.bothSides();
      expect(sides.source).toHaveLength(2);
      expect(sides.replica).toEqual(sides.source);
    });
    await sleep(500);
    expect(await changesOf(replication.log)).toEqual(['forth']);
    expect(await changesOf(back)).toEqual(['back']);
  });
});
