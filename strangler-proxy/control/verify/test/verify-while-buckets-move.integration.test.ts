import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Side } from '#contracts/strangler/move.js';
import { deleteLog } from '#platform/messaging/ordered-log.js';
import { askOwners } from '../../../../sidecar/test/support/ask-owners.js';
import { until } from '../../../../tests/support/until.js';
import { writeWithGuard } from '../../../../sidecar/test/support/write-with-guard.js';
import type { VerifyResult } from '../verify-result.js';
import {
  createVerifiedReplication,
  insertStock,
  type VerifiedReplication,
} from './support/verified-replication.js';

/** Milliseconds after which rows count as lost in the stream: then they are sent again. */
const patience = 8_000;

const keys = Array.from({ length: 30 }, (_, index) => `k${index}`);

describe('verification while buckets move', () => {
  let replication: VerifiedReplication;

  beforeAll(async () => {
    replication = await createVerifiedReplication((source) => insertStock(source, 'x', 1_000));
    await replication.startWayBack();
  });
  afterAll(() => replication.end());

  /** Verifies again and again while each key's bucket goes there and back, under writes that go to their owner. */
  async function whileMoving(
    meanwhile: () => Promise<void> = async () => undefined,
  ): Promise<VerifyResult[]> {
    const owners = askOwners(replication);
    const buckets = [...new Set(keys.map(owners.bucketOf))];
    const writers = writeWithGuard(replication, keys, 3, 17);
    const results: VerifyResult[] = [];
    let moving = true;
    const verifying = (async () => {
      while (moving) results.push(await replication.verify({ patience }));
    })();
    try {
      for (const [from, some] of [
        ['monolith', buckets],
        ['service', buckets.slice(0, 10)],
        ['monolith', buckets.slice(0, 10)],
        ['service', buckets],
      ] as [Side, number[]][]) {
        await owners.handOver(from, some);
        await meanwhile();
      }
    } finally {
      moving = false;
      await verifying;
      await writers.stop();
    }
    return results;
  }

  it('raises no alarm', async () => {
    const results = await whileMoving();
    expect(results.flatMap(({ differences }) => differences)).toEqual([]);
    expect(results.some(({ outcome }) => outcome === 'equal')).toBe(true);
    expect(await replication.verify()).toMatchObject({ outcome: 'equal', differences: [] });
  });

  it('raises none either when the stream is lost meanwhile', async () => {
    const results = await whileMoving(() => deleteLog(replication.log));
    expect(results.flatMap(({ differences }) => differences)).toEqual([]);
    await until('both sides are known to be equal', async () => {
      const { outcome, differences } = await replication.verify({ patience });
      expect(differences).toEqual([]);
      return outcome === 'equal';
    });
  });

  it('names a wrong row of a bucket that moves, whoever owns it at that moment', async () => {
    const { bucketOf } = askOwners(replication);
    const id = Array.from({ length: 1_000 }, (_, index) => `x${index}`).find((one) =>
      keys.some((key) => bucketOf(key) === bucketOf(one)),
    );
    await replication.plant('service', `UPDATE stock_levels SET on_hand = 99 WHERE product_id = '${id}'`);
    const results = await whileMoving();
    const found = new Set(results.flatMap(({ differences }) => differences.map(({ key }) => key[0])));
    expect([...found]).toEqual([id]);
    const now = await replication.verify();
    expect(now.differences).toMatchObject([{ key: [id], owner: 'monolith', kind: 'values' }]);
  });
});
