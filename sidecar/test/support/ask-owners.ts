import type { Side } from '#contracts/strangler/move.js';
import {
  type OwnershipAnswer,
  ownershipAnswerSchema,
  ownershipSubject,
  type ReleaseAnswer,
  type ReleaseRequest,
  releaseAnswerSchema,
  reopenAnswerSchema,
  type VetoableRow,
  vetoAnswerSchema,
} from '#contracts/strangler/ownership.js';
import { requestJson } from '#platform/messaging/exchange-json.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { wideMs } from '../../../tests/support/wide-limits.js';
import { eventually, type Replication } from './replication.js';

/** What a control plane asks the sidecars of a replication. */
export interface OwnerQuestions {
  answer(side: Side): Promise<OwnershipAnswer>;
  rows(side: Side): Promise<VetoableRow[]>;
  row(side: Side, bucket: number): Promise<VetoableRow>;
  release(
    side: Side,
    expected: Record<number, number>,
    more?: Partial<ReleaseRequest>,
    timeout?: number,
  ): Promise<ReleaseAnswer>;
  /** @throws when it is refused, as `reopen` */
  veto(side: Side, tokens: Record<number, number>): Promise<Record<number, 'vetoed' | 'granted'>>;
  reopen(side: Side, expected: Record<number, number>): Promise<VetoableRow[]>;
  /** Releases buckets at whatever epoch they have, and waits until the other side owns them. */
  handOver(from: Side, buckets: readonly number[]): Promise<void>;
  bucketOf(key: string): number;
}

export function askOwners({ nats, move }: Pick<Replication, 'nats' | 'move'>): OwnerQuestions {
  const { capability } = move;
  const handOver = 'test';

  /** A question that reached an instance which has ended is put again. */
  async function answer(side: Side): Promise<OwnershipAnswer> {
    const deadline = Date.now() + wideMs;
    for (;;) {
      try {
        return await requestJson(nats, ownershipSubject('rows', capability, side), {}, ownershipAnswerSchema);
      } catch (error) {
        if (Date.now() > deadline || !String(error).includes('no answer in time')) throw error;
      }
    }
  }

  async function rows(side: Side): Promise<VetoableRow[]> {
    return (await answer(side)).rows;
  }

  async function row(side: Side, bucket: number): Promise<VetoableRow> {
    const found = (await rows(side)).find((one) => one.bucket === bucket);
    if (!found) throw new Error(`no row for bucket ${bucket}`);
    return found;
  }

  async function release(
    side: Side,
    expected: Record<number, number>,
    more: Partial<ReleaseRequest> = {},
    timeout = 2 * wideMs,
  ): Promise<ReleaseAnswer> {
    const request = { handOver, buckets: perBucket(expected, 'expected'), patience: wideMs, ...more };
    const subject = ownershipSubject('release', capability, side);
    return requestJson(nats, subject, request, releaseAnswerSchema, timeout);
  }

  return {
    answer,
    rows,
    row,
    release,
    async veto(side, tokens) {
      const subject = ownershipSubject('veto', capability, side);
      const request = { handOver, buckets: perBucket(tokens, 'token') };
      const { buckets, refused } = await requestJson(nats, subject, request, vetoAnswerSchema, wideMs);
      if (refused) throw new Error(refused);
      return Object.fromEntries(buckets.map(({ bucket, outcome }) => [bucket, outcome]));
    },
    async reopen(side, expected) {
      const subject = ownershipSubject('reopen', capability, side);
      const request = { handOver, buckets: perBucket(expected, 'expected') };
      const answered = await requestJson(nats, subject, request, reopenAnswerSchema, wideMs);
      if (answered.refused) throw new Error(answered.refused);
      return answered.rows;
    },
    async handOver(from, buckets) {
      const to = from === 'monolith' ? 'service' : 'monolith';
      const before = new Map((await rows(from)).map(({ bucket, epoch }) => [bucket, epoch]));
      const expected = Object.fromEntries(buckets.map((bucket) => [bucket, before.get(bucket) ?? 0]));
      const { outcome } = await release(from, expected);
      if (outcome !== 'released') throw new Error('the release gave up');
      await eventually(async () => {
        const owned = (await rows(to)).filter(({ state }) => state === 'owned').map(({ bucket }) => bucket);
        const missing = buckets.filter((bucket) => !owned.includes(bucket));
        if (missing.length > 0) throw new Error(`the ${to} does not own ${missing.join(', ')} yet`);
      });
    },
    bucketOf: (key) => bucketOfKey(capability, key),
  };
}

function perBucket<Name extends 'expected' | 'token'>(
  numbers: Record<number, number>,
  name: Name,
): ({ bucket: number } & Record<Name, number>)[] {
  return Object.entries(numbers).map(
    ([bucket, number]) =>
      ({ bucket: Number(bucket), [name]: number }) as { bucket: number } & Record<Name, number>,
  );
}
