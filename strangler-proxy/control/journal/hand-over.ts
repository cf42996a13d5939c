import type { HandOverState } from '#contracts/strangler/control-plane.js';
import type { Side } from '#contracts/strangler/move.js';
import type { Blocker, BucketRow, VetoAnswer } from '#contracts/strangler/ownership.js';

/** What became of a bucket: its new owner has it, or its old one has it again. */
export type BucketOutcome = 'granted' | 'reopened';

export interface HandOverBucket {
  bucket: number;
  /** The owner's epoch when the hand-over was begun; the token's is one more. */
  expected: number;
  outcome: BucketOutcome | null;
}

/** One hand-over as the journal holds it: with the two sides' rows all that is needed to carry it on. */
export interface HandOver {
  id: string;
  capability: string;
  from: Side;
  to: Side;
  /** Which change of what is wanted it belongs to. */
  run: number;
  state: HandOverState;
  buckets: HandOverBucket[];
  attempts: number;
  nextTryAt: Date | null;
  blockers: Blocker[];
  reason: string | null;
  begunAt: Date;
  changedAt: Date;
  closedAt: Date | null;
}

const follow: Record<HandOverState, readonly HandOverState[]> = {
  releasing: ['granting', 'vetoing'],
  granting: ['done', 'vetoing'],
  // A veto that finds every token granted has come too late, and nothing is left to do.
  vetoing: ['done', 'reopening'],
  reopening: ['given-up'],
  done: [],
  'given-up': [],
};

/** The only ways in which a hand-over goes on. */
export function mayFollow(state: HandOverState, next: HandOverState): boolean {
  return follow[state].includes(next);
}

export function isClosed(state: HandOverState): boolean {
  return follow[state].length === 0;
}

/** Buckets whose token the receiving side has taken, as its rows tell: a later epoch was given out after this one. */
export function grantedIn(handOver: HandOver, rows: readonly BucketRow[]): number[] {
  const rowOf = new Map(rows.map((row) => [row.bucket, row]));
  return handOver.buckets.flatMap(({ bucket, expected }) => {
    const row = rowOf.get(bucket);
    return row && row.epoch > expected ? [bucket] : [];
  });
}

/** Buckets that the releasing side has let go for this hand-over, as its rows tell. */
export function releasedIn(handOver: HandOver, rows: readonly BucketRow[]): number[] {
  const rowOf = new Map(rows.map((row) => [row.bucket, row]));
  return handOver.buckets.flatMap(({ bucket, expected }) => {
    const row = rowOf.get(bucket);
    return row?.state === 'released' && row.epoch > expected ? [bucket] : [];
  });
}

/** Outcomes that a veto settles; those that it has refused are left to be reopened. */
export function grantedByVeto({ buckets }: VetoAnswer): number[] {
  return buckets.flatMap(({ bucket, outcome }) => (outcome === 'granted' ? [bucket] : []));
}

/** Buckets that were neither granted nor reopened yet. */
export function unsettled(handOver: HandOver): HandOverBucket[] {
  return handOver.buckets.filter(({ outcome }) => outcome === null);
}

/** Buckets that the releasing side owns again, with an epoch after the one that was given up. */
export function reopenedIn(handOver: HandOver, rows: readonly BucketRow[]): number[] {
  const rowOf = new Map(rows.map((row) => [row.bucket, row]));
  return unsettled(handOver).flatMap(({ bucket, expected }) => {
    const row = rowOf.get(bucket);
    return row?.state === 'owned' && row.epoch > expected ? [bucket] : [];
  });
}
