import {
  bucketCount,
  type BucketOwner,
  type BucketRow,
  ownerOf,
  type OwnersSaid,
} from '#contracts/strangler/ownership.js';
import { otherSide, type Side } from '#contracts/strangler/move.js';
import { collectHints, type OwnerHint } from './owner-hints.js';

/** Who owns the buckets of one capability, as far as this process knows. */
export interface OwnerMap {
  /**
   * Takes in what a side reports of its own rows, or a 421 of one of them. Older reports change nothing.
   * @param readAfter the moment before the rows were asked for: they replace each hint of that side that is not newer
   */
  note(said: Pick<OwnersSaid, 'side' | 'rows' | 'leaving'>, readAfter?: number): void;
  /**
   * Takes in that a side has taken a write of this bucket. That is a hint: it counts until a row of a newer epoch is heard, or
   * the rows of that side are asked for.
   * @param epoch the newest that was known when the write was sent
   */
  noteTaken(side: Side, bucket: number, epoch: number): void;
  /**
   * Drops what was inferred of a side: it has refused a write.
   * @param askedAfter the moment before it was asked; what was inferred since then stays
   */
  deny(side: Side, bucket: number, askedAfter: number): void;
  /** Now, for `readAfter` and `askedAfter`. */
  moment(): number;
  /** Sides whose rows ought to be asked for: they have taken writes that no row explains. */
  hinted(): Side[];
  /** Takes in rows that an earlier process has kept: a hint, which any report of the same side replaces. */
  keep(side: Side, rows: readonly BucketRow[]): void;
  /** Reports may have been missed: what is known becomes a hint until both sides have reported again. */
  rejoin(): void;
  /** The monolith has no ownership to report: buckets of which no row says otherwise have never moved. */
  noteUnmoved(): void;
  ownerOf(bucket: number): BucketOwner;
  /** The newest epoch that is known of a bucket, without what an earlier process has kept. */
  epochWithoutKept(bucket: number): number;
  /** Whether `last` is certain: that side holds every write of the bucket's keys. */
  isHomeKnown(bucket: number): boolean;
  /** This side answers for the capability no more, or soon will not: not even reads go there. */
  isLeaving(side: Side): boolean;
  /** All rows that are known of a side, to be kept for a later process. */
  rowsOf(side: Side): BucketRow[];
  /** True once both sides have reported all rows. */
  complete(): boolean;
  /** @param changed called with the buckets of which something else is known now. @returns stops it */
  onChange(changed: (buckets: readonly number[]) => void): () => void;
}

type Row = Pick<BucketRow, 'state' | 'epoch'> & {
  /** `kept` by an earlier process, `heard` before reports may have been missed, `live` since then. */
  source: 'kept' | 'heard' | 'live';
};

/** What the rows of a bucket say together, and whether that makes its home certain. */
interface Known {
  owner: BucketOwner;
  home: boolean;
}

const buckets = Array.from({ length: bucketCount }, (_, index) => index + 1);
const initial: BucketOwner = { owner: 'monolith', last: 'monolith', epoch: 0 };

/** A map in which nothing is known: the monolith is taken for the owner of everything, but its home is not certain. */
export function createOwnerMap(): OwnerMap {
  const rows: Partial<Record<Side, Row>>[] = Array.from({ length: bucketCount + 1 }, () => ({}));
  const known: Known[] = rows.map(() => ({ owner: initial, home: false }));
  const reported = new Set<Side>();
  const leaving = new Set<Side>();
  const hints = collectHints();
  const listeners = new Set<(changed: readonly number[]) => void>();
  let unmoved = false;

  /**
   * The newest row tells the home if it says `owned` and is live. One that says `released` does not: the other side may own
   * the bucket by now. But if the other side has reported a row that is not newer, it has not been granted the bucket yet.
   */
  function judge(bucket: number): Known {
    const both = rows[bucket] ?? {};
    const hint = hints.of(bucket);
    if (hint) return judgeHint(hint);
    const owner = ownerBy(both);
    const isLiveOwner = owner.owner !== undefined && both[owner.last]?.source === 'live';
    const isUnmoved = unmoved && owner.owner === 'monolith' && owner.epoch === 0;
    return { owner, home: isLiveOwner || isUnmoved || reported.has(otherSide(owner.last)) };
  }

  function update(which: readonly number[]): void {
    const changed = which.filter((bucket) => {
      const before = known[bucket];
      const now = judge(bucket);
      known[bucket] = now;
      const { owner, epoch } = before?.owner ?? initial;
      return owner !== now.owner.owner || epoch !== now.owner.epoch || before?.home !== now.home;
    });
    if (changed.length > 0) for (const listener of listeners) listener(changed);
  }

  /** Only its owner takes a write. */
  function judgeHint({ side, epoch, live }: OwnerHint): Known {
    const isUnmoved = unmoved && side === 'monolith' && epoch === 0;
    return { owner: { owner: side, last: side, epoch }, home: live || isUnmoved };
  }

  /** The newest epoch that is known, from whatever source. */
  function newestOf(bucket: number): number {
    const { monolith, service } = rows[bucket] ?? {};
    return Math.max(monolith?.epoch ?? 0, service?.epoch ?? 0, hints.of(bucket)?.epoch ?? 0);
  }

  function take(side: Side, said: BucketRow, readAfter: number | undefined): void {
    const { bucket, state, epoch } = said;
    const row = rows[bucket];
    if (!row) return;
    hints.replaceBy(side, said, readAfter);
    const before = row[side];
    if (before && epoch < before.epoch && before.source !== 'kept') return;
    const live: Row = { state, epoch, source: 'live' };
    row[side] = live;
    const other = row[otherSide(side)];
    // Where this side owns the bucket, a kept row that says more is of another system, or of another life of this one.
    if (state === 'owned' && other?.source === 'kept' && other.epoch > epoch)
      rows[bucket] = side === 'monolith' ? { monolith: live } : { service: live };
  }

  return {
    note({ side, rows: said, leaving: leaves }, readAfter) {
      if (leaves) leaving.add(side);
      else if (leaves === false) leaving.delete(side);
      const isFull = said.length === bucketCount && !reported.has(side);
      if (isFull) reported.add(side);
      for (const row of said) take(side, row, readAfter);
      update(isFull ? buckets : said.map(({ bucket }) => bucket));
    },
    noteTaken(side, bucket, epoch) {
      if (newestOf(bucket) <= epoch) hints.add(bucket, { side, epoch });
      update([bucket]);
    },
    deny(side, bucket, askedAfter) {
      hints.deny(side, bucket, askedAfter);
      update([bucket]);
    },
    keep(side, kept) {
      for (const { bucket, state, epoch } of kept)
        if (rows[bucket]) rows[bucket][side] ??= { state, epoch, source: 'kept' };
      update(buckets);
    },
    rejoin() {
      reported.clear();
      hints.rejoin();
      unmoved = false;
      for (const row of rows)
        for (const side of ['monolith', 'service'] as const)
          if (row[side]?.source === 'live') row[side].source = 'heard';
      update(buckets);
    },
    noteUnmoved() {
      unmoved = true;
      hints.dropUnmoved();
      update(buckets);
    },
    ownerOf: (bucket) => known[bucket]?.owner ?? initial,
    epochWithoutKept(bucket) {
      const { monolith, service } = rows[bucket] ?? {};
      const epochs = [monolith, service].map((row) => (row && row.source !== 'kept' ? row.epoch : 0));
      return Math.max(...epochs, hints.of(bucket)?.epoch ?? 0);
    },
    moment: hints.moment,
    hinted: hints.sides,
    isHomeKnown: (bucket) => known[bucket]?.home === true,
    isLeaving: (side) => leaving.has(side),
    rowsOf: (side) =>
      buckets.flatMap((bucket) => {
        const row = rows[bucket]?.[side];
        return row ? [{ bucket, state: row.state, epoch: row.epoch }] : [];
      }),
    complete: () => reported.size === 2,
    onChange(changed) {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
  };
}

/** Without a word of the monolith, a row of the service that never was its own says nothing of an owner. */
function ownerBy(both: Partial<Record<Side, Row>>): BucketOwner {
  const isUntouched = !both.service || (both.service.epoch === 0 && both.service.state === 'released');
  return !both.monolith && isUntouched ? initial : ownerOf(both);
}
