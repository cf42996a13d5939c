import { bucketCount, type BucketRow } from '#contracts/strangler/ownership.js';
import type { Side } from '#contracts/strangler/move.js';

/** A side has taken a write of a bucket: it owned it then, in the newest epoch that was known, or in a later one. */
export interface OwnerHint {
  side: Side;
  /** Of a row that somebody has read: an epoch that no row has would outlive all of them. */
  epoch: number;
  /** Nothing can have been missed since it was made. */
  live: boolean;
}

/** What is inferred of owners, until rows say it: a mistake in it must never outlive the next look at the rows. */
export interface OwnerHints {
  of(bucket: number): OwnerHint | undefined;
  add(bucket: number, hint: Omit<OwnerHint, 'live'>): void;
  /** Grows with each hint. */
  moment(): number;
  /**
   * Drops what the row of a side replaces: a hint of an older epoch, one that says the same, and each one of that side that
   * was made before the row was read.
   * @param readAfter a moment after which the row was read; undefined where that is not known
   */
  replaceBy(side: Side, row: BucketRow, readAfter: number | undefined): void;
  /** Drops one of that side that was made before a moment, since when the side has refused a write. */
  deny(side: Side, bucket: number, askedAfter: number): void;
  /** The monolith has no rows: it owns what it takes, and that needs no hint. */
  dropUnmoved(): void;
  rejoin(): void;
  /** Sides of which there are hints. */
  sides(): Side[];
}

export function collectHints(): OwnerHints {
  const hints = Array.from(
    { length: bucketCount + 1 },
    (): (OwnerHint & { made: number }) | undefined => undefined,
  );
  let made = 0;

  function deny(side: Side, bucket: number, before: number): void {
    const hint = hints[bucket];
    if (hint?.side === side && hint.made <= before) hints[bucket] = undefined;
  }

  return {
    of: (bucket) => hints[bucket],
    add: (bucket, hint) => void (hints[bucket] = { ...hint, live: true, made: (made += 1) }),
    moment: () => made,
    replaceBy(side, { bucket, state, epoch }, readAfter) {
      const hint = hints[bucket];
      if (!hint) return;
      const isOwnRow = hint.side === side;
      const isSaid = isOwnRow && state === 'owned' && epoch === hint.epoch;
      if (epoch > hint.epoch || isSaid) hints[bucket] = undefined;
      else if (readAfter !== undefined) deny(side, bucket, readAfter);
    },
    deny,
    dropUnmoved() {
      for (const [bucket, hint] of hints.entries())
        if (hint?.side === 'monolith' && hint.epoch === 0) hints[bucket] = undefined;
    },
    rejoin() {
      for (const hint of hints) if (hint) hint.live = false;
    },
    sides: () => [...new Set(hints.flatMap((hint) => hint?.side ?? []))],
  };
}
