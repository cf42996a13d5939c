import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { changeStream, changeSubject } from '#contracts/strangler/change-message.js';
import type { Side } from '#contracts/strangler/move.js';
import { deleteLog, openLog } from '#platform/messaging/ordered-log.js';
import type { Applier } from '../apply/run-apply.js';
import type { Capture } from '../capture/run-capture.js';
import { selectRows } from '../database/connect-mysql.js';
import type { Ownership } from '../ownership/run-ownership.js';
import { askOwners, type OwnerQuestions } from './support/ask-owners.js';
import { createReplication, eventually, type Replication } from './support/replication.js';
import { seeded } from './support/write-at-random.js';
import { type GuardedWriters, writeWithGuard } from './support/write-with-guard.js';

const keys = Array.from({ length: 24 }, (_, index) => `k${index}`);

describe('buckets that are handed over under writes', () => {
  let replication: Replication;
  let owners: OwnerQuestions;
  const roles = {} as Record<Side, { capture: Capture; applier: Applier; ownership: Ownership }>;
  let all: number[];

  beforeAll(async () => {
    replication = await createReplication();
    owners = askOwners(replication);
    all = [...new Set(keys.map(owners.bucketOf))];
    await start('monolith');
    await start('service');
    replication.startHeartbeats('service');
    await eventually(() => {
      expect(roles.monolith.applier.status().backfill?.complete).toBe(true);
      expect(roles.service.applier.status().backfill?.complete).toBe(true);
    });
  });
  afterAll(() => replication.end());

  async function start(side: Side): Promise<void> {
    roles[side] = {
      capture: await replication.startCapture(side),
      applier: await replication.startApplier(side),
      ownership: await replication.startOwnership(side),
    };
  }

  /** As if its process were killed: what it had not committed is gone. */
  async function restart(side: Side): Promise<void> {
    const { capture, applier, ownership } = roles[side];
    await Promise.all([capture.stop(), applier.stop(), ownership.stop()]);
    await start(side);
  }

  async function deleteStream(from: Side): Promise<void> {
    const { nats, move } = replication;
    await deleteLog(
      await openLog(nats, changeStream(move.capability, from), changeSubject(move.capability, from)),
    );
  }

  async function applied(side: Side): Promise<{ chain: string; filled: number } | undefined> {
    const connection = side === 'monolith' ? replication.source : replication.replica;
    const [row] = await selectRows<{ chain: string; filled: number }>(
      connection,
      'SELECT * FROM strangler_applied',
    );
    return row;
  }

  const versions = async (): Promise<Record<Side, Map<string, number>>> => {
    const sides = await replication.bothSides();
    const byKey = (rows: { product_id: string; version: number }[]) =>
      new Map(rows.map(({ product_id, version }) => [product_id, version]));
    return { monolith: byKey(sides.source), service: byKey(sides.replica) };
  };

  /** Every acknowledged write is on both sides, once: versions count them. */
  async function expectNothingLost(fault: (writers: GuardedWriters) => Promise<void>): Promise<void> {
    const before = (await versions()).monolith;
    const writers = writeWithGuard(replication, keys, 4, 11);
    await sleep(200);
    try {
      await fault(writers);
      await sleep(200);
    } finally {
      await writers.stop();
    }
    const expected = new Map(
      [...writers.acknowledged].map(([key, count]) => [key, count + (before.get(key) ?? 0)]),
    );
    await eventually(async () => {
      const { monolith, service } = await versions();
      expect([...service].toSorted()).toEqual([...monolith].toSorted());
      expect([...monolith].toSorted()).toEqual([...expected].filter(([, count]) => count > 0).toSorted());
    });
    expect([...expected.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(50);
    for (const side of ['monolith', 'service'] as const)
      expect(roles[side].applier.status().state).toBe('applying');
  }

  it('go there and back, all together and one by one, with nothing lost', () =>
    expectNothingLost(async () => {
      await owners.handOver('monolith', all);
      await owners.handOver('service', all);
      const random = seeded(5);
      for (const bucket of all.toSorted(() => random() - 0.5).slice(0, 8))
        await owners.handOver('monolith', [bucket]);
      const back = (await owners.rows('service')).filter(({ state }) => state === 'owned');
      expect(back).toHaveLength(8);
      await owners.handOver(
        'service',
        back.map(({ bucket }) => bucket),
      );
    }));

  it('arrive although the stream was deleted between release and grant', () =>
    expectNothingLost(async () => {
      await roles.service.applier.stop();
      const { epoch } = await owners.row('monolith', all[0]!);
      await owners.release('monolith', { [all[0]!]: epoch });
      await sleep(300);
      await deleteStream('monolith');
      roles.service.applier = await replication.startApplier('service');
      await eventually(async () =>
        expect(await owners.row('service', all[0]!)).toMatchObject({ state: 'owned', epoch: epoch + 1 }),
      );
      await deleteStream('service');
      await owners.handOver('service', [all[0]!]);
    }));

  it('arrive although both sidecars were started anew between release and grant', () =>
    expectNothingLost(async () => {
      const bucket = all[1]!;
      const { epoch } = await owners.row('monolith', bucket);
      await roles.monolith.capture.stop();
      await owners.release('monolith', { [bucket]: epoch });
      await restart('monolith');
      await restart('service');
      await eventually(async () =>
        expect(await owners.row('service', bucket)).toMatchObject({ state: 'owned', epoch: epoch + 1 }),
      );
      await owners.handOver('service', [bucket]);
    }));

  it('stay where they are when the token was refused, and take writes again once they are reopened', () =>
    expectNothingLost(async (writers) => {
      const bucket = all[2]!;
      const { epoch } = await owners.row('monolith', bucket);
      await roles.service.applier.stop();
      await owners.release('monolith', { [bucket]: epoch });
      expect(await owners.veto('service', { [bucket]: epoch + 1 })).toEqual({ [bucket]: 'vetoed' });
      roles.service.applier = await replication.startApplier('service');
      const [row] = await owners.reopen('monolith', { [bucket]: epoch });
      expect(row).toMatchObject({ state: 'owned', epoch: epoch + 2 });
      const written = () =>
        keys.filter((key) => owners.bucketOf(key) === bucket).map((key) => writers.acknowledged.get(key));
      const sofar = written();
      await eventually(() => expect(written()).not.toEqual(sofar));
      expect(await owners.row('service', bucket)).toMatchObject({ state: 'released' });
      await owners.handOver('monolith', [bucket]);
      await owners.handOver('service', [bucket]);
    }));

  it('leave the rows of their owner alone when a replica is filled again meanwhile', () =>
    expectNothingLost(async () => {
      await owners.handOver('monolith', all.slice(0, 6));
      for (const side of ['monolith', 'service'] as const) await replication.askForBackfill(side);
      await owners.handOver('service', all.slice(0, 6));
      await owners.handOver('monolith', all.slice(6, 12));
      const chain = (await applied('monolith'))?.chain;
      await replication.askForBackfill('monolith', true);
      // A token that came before would be refused.
      await eventually(async () => {
        const now = await applied('monolith');
        expect([now?.chain === chain, now?.filled]).toEqual([false, 1]);
      });
      await owners.handOver('service', all.slice(6, 12));
    }));
});
