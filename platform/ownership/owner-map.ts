import {
  bucketCount,
  type BucketOwner,
  type BucketRow,
  ownerOf,
  type OwnersSaid,
} from '#contracts/strangler/ownership.js';
import type { Side } from '#contracts/strangler/move.js';

/** Who owns the buckets of one capability, as far as this process has heard. */
export interface OwnerMap {
  /** Takes in what a sidecar says of its own rows, or a 421 of one of them. Older news change nothing. */
  note(said: Pick<OwnersSaid, 'side' | 'rows' | 'leaving'>): void;
  ownerOf(bucket: number): BucketOwner;
  /** This side answers for the capability no more, or soon will not: not even reads go there. */
  isLeaving(side: Side): boolean;
  /** True once both sides have been heard. */
  complete(): boolean;
  /** @param changed called with the buckets whose owner has changed. @returns stops it */
  onChange(changed: (buckets: readonly number[]) => void): () => void;
}

/** A map in which nothing is known: then the monolith is taken to own everything, as before any hand-over. */
export function createOwnerMap(): OwnerMap {
  const rows: Partial<Record<Side, Pick<BucketRow, 'state' | 'epoch'>>>[] = Array.from(
    { length: bucketCount + 1 },
    () => ({}),
  );
  const initial: BucketOwner = { owner: 'monolith', last: 'monolith', epoch: 0 };
  const owners: BucketOwner[] = rows.map(() => initial);
  const heard = new Set<Side>();
  const leaving = new Set<Side>();
  const listeners = new Set<(buckets: readonly number[]) => void>();

  return {
    note({ side, rows: said, leaving: leaves }) {
      if (leaves) leaving.add(side);
      else if (leaves === false) leaving.delete(side);
      const changed: number[] = [];
      if (said.length === bucketCount) heard.add(side);
      for (const { bucket, state, epoch } of said) {
        const known = rows[bucket];
        if (!known || epoch < (known[side]?.epoch ?? 0)) continue;
        known[side] = { state, epoch };
        const before = owners[bucket] ?? initial;
        // The other side's word is missing: a row that is merely `released` with no epoch says nothing of an owner.
        const now = known.monolith === undefined && epoch === 0 ? initial : ownerOf(known);
        owners[bucket] = now;
        if (before.owner !== now.owner || before.epoch !== now.epoch) changed.push(bucket);
      }
      if (changed.length > 0) for (const listener of listeners) listener(changed);
    },
    ownerOf: (bucket) => owners[bucket] ?? initial,
    isLeaving: (side) => leaving.has(side),
    complete: () => heard.size === 2,
    onChange(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
  };
}
