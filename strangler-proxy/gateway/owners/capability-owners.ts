import { bucketCount, type BucketOwner } from '#contracts/strangler/ownership.js';
import type { Side } from '#contracts/strangler/move.js';
import { bucketOfKey } from '#platform/ownership/bucket-of-key.js';
import { createOwnerMap, type OwnerMap } from '#platform/ownership/owner-map.js';

/** A side that took a write, and the newest epoch that was known of the key's bucket: in that one, or a later one, it owned it. */
export interface Taker {
  side: Side;
  epoch: number;
}

/** How many buckets each side owns, and how many are between two owners. */
export interface OwnerCounts {
  monolith: number;
  service: number;
  nobody: number;
}

/** Who owns the keys of one capability, as this gateway knows it: one hash and one look-up per request. */
export interface CapabilityOwners {
  readonly map: OwnerMap;
  bucketOf(key: string): number;
  ownerOf(bucket: number): BucketOwner;
  /**
   * The owner or, between two owners, the last one: its data have every write of the bucket's keys. Undefined where
   * that is not certain, since the other side may own the bucket by now and has not been heard.
   */
  homeOf(bucket: number): Side | undefined;
  /** Whether the home of this bucket is certain, or of all buckets where none is named. */
  isKnown(bucket?: number): boolean;
  /** The side that certainly owns all buckets, if one does. */
  ownerOfAll(): Side | undefined;
  /** The side that is home to more buckets. */
  homeOfMost(): Side;
  counts(): OwnerCounts;
  /**
   * A side has answered 421; old news change nothing.
   * @param askedAfter the moment before it was asked: what was inferred of that side until then was wrong, or is over
   */
  refused(bucket: number, by: Taker, askedAfter: number): void;
  /** What a side that is asked now would show by taking the write. */
  ifTakenBy(bucket: number, side: Side): Taker;
  /** A side has taken a write: only its owner could. */
  taken(bucket: number, by: Taker): void;
  /** @returns stops it */
  onChange(changed: (buckets: readonly number[]) => void): () => void;
}

export function ownersOf(capability: string): CapabilityOwners {
  const map = createOwnerMap();
  let counts: OwnerCounts = { monolith: bucketCount, service: 0, nobody: 0 };
  let homes: Record<Side, number> = { monolith: bucketCount, service: 0 };
  let unknown = bucketCount;
  map.onChange(() => ({ counts, homes, unknown } = tally(map)));

  return {
    map,
    bucketOf: (key) => bucketOfKey(capability, key),
    ownerOf: (bucket) => map.ownerOf(bucket),
    homeOf: (bucket) => (map.isHomeKnown(bucket) ? map.ownerOf(bucket).last : undefined),
    isKnown: (bucket) => (bucket === undefined ? unknown === 0 : map.isHomeKnown(bucket)),
    ownerOfAll() {
      if (unknown > 0) return undefined;
      if (counts.monolith === bucketCount) return 'monolith';
      return counts.service === bucketCount ? 'service' : undefined;
    },
    homeOfMost: () => (homes.service > homes.monolith ? 'service' : 'monolith'),
    counts: () => counts,
    refused(bucket, { side, epoch }, askedAfter) {
      map.deny(side, bucket, askedAfter);
      const known = map.ownerOf(bucket);
      // A side that refuses reads its epoch a moment later: by then it may own the bucket in that very epoch.
      if (known.owner === side && map.isHomeKnown(bucket) && known.epoch >= epoch && epoch > 0) return;
      map.note({ side, rows: [{ bucket, state: 'released', epoch }] });
    },
    ifTakenBy(bucket, side) {
      // What an earlier process has kept proves nothing to others.
      return { side, epoch: map.epochWithoutKept(bucket) };
    },
    taken(bucket, { side, epoch }) {
      const known = map.ownerOf(bucket);
      if (known.owner === side && map.isHomeKnown(bucket) && known.epoch >= epoch) return;
      map.noteTaken(side, bucket, epoch);
    },
    onChange: (changed) => map.onChange(changed),
  };
}

function tally(map: OwnerMap): { counts: OwnerCounts; homes: Record<Side, number>; unknown: number } {
  const counts: OwnerCounts = { monolith: 0, service: 0, nobody: 0 };
  const homes = { monolith: 0, service: 0 };
  let unknown = 0;
  for (let bucket = 1; bucket <= bucketCount; bucket++) {
    const { owner, last } = map.ownerOf(bucket);
    counts[owner ?? 'nobody'] += 1;
    homes[last] += 1;
    if (!map.isHomeKnown(bucket)) unknown += 1;
  }
  return { counts, homes, unknown };
}
