import type { BucketView } from '#contracts/strangler/control-plane.js';
import type { Side } from '#contracts/strangler/move.js';
import {
  bucketCount,
  type OwnershipAnswer,
  ownerOf,
  type VetoableRow,
} from '#contracts/strangler/ownership.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Sidecars } from './ask-sidecars.js';

/** What both sides say of a capability; a side that does not answer is missing, with the reason. */
export interface BothSides {
  answers: Partial<Record<Side, OwnershipAnswer>>;
  /** One sentence for each side that does not answer. */
  silences: string[];
}

export async function askBothSides(sidecars: Sidecars): Promise<BothSides> {
  const both: BothSides = { answers: {}, silences: [] };
  const ask = async (side: Side): Promise<void> => {
    try {
      both.answers[side] = await sidecars.rows(side);
    } catch (error) {
      both.silences.push(
        `the ${side}'s sidecar can't be asked who owns what: ${messageOf(error)}. Does it run? "npx strangler ps" shows it`,
      );
    }
  };
  await Promise.all([ask('monolith'), ask('service')]);
  return both;
}

/** All buckets in order, each with what the two rows say together. */
export function bucketsOf({ answers }: BothSides): BucketView[] {
  const rows = { monolith: byBucket(answers.monolith), service: byBucket(answers.service) };
  return Array.from({ length: bucketCount }, (_, index) => {
    const bucket = index + 1;
    const monolith = rows.monolith.get(bucket) ?? null;
    const service = rows.service.get(bucket) ?? null;
    const { owner, epoch } = ownerOf({ ...(monolith && { monolith }), ...(service && { service }) });
    // With one side silent nobody knows: its row may be the newer one.
    const known = monolith !== null && service !== null;
    return { bucket, owner: known ? (owner ?? null) : null, epoch, monolith, service };
  });
}

function byBucket(answer: OwnershipAnswer | undefined): Map<number, Omit<VetoableRow, 'bucket'>> {
  return new Map((answer?.rows ?? []).map(({ bucket, ...row }) => [bucket, row]));
}

/** Whether a service's side that was abandoned once has let go of everything from before. */
export function knowsThatItIsVoid({ answers: { monolith, service } }: BothSides): boolean {
  const voidUpTo = monolith?.voidUpTo ?? 0;
  return (service?.rows ?? []).every(({ epoch, vetoed }) => epoch > voidUpTo || vetoed >= voidUpTo);
}

/** Buckets that both sides call their own. */
export function ownedTwice(buckets: readonly BucketView[]): number[] {
  return buckets.flatMap(({ bucket, monolith, service }) =>
    monolith?.state === 'owned' && service?.state === 'owned' ? [bucket] : [],
  );
}

/**
 * Buckets that nobody owns. The side with the newer epoch has released them: only its own release writes that row.
 */
export function ownedByNobody(
  buckets: readonly BucketView[],
): { bucket: number; from: Side; token: number }[] {
  return buckets.flatMap(({ bucket, monolith, service }) => {
    if (monolith?.state !== 'released' || service?.state !== 'released') return [];
    const from: Side = service.epoch > monolith.epoch ? 'service' : 'monolith';
    const token = Math.max(service.epoch, monolith.epoch);
    return token > 0 && service.epoch !== monolith.epoch ? [{ bucket, from, token }] : [];
  });
}
