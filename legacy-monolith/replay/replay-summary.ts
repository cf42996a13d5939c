import type { Tallied } from './replay-tally.js';

/**
 * What a replay did. It has failed when an answer was none that the contract explains, a stock was read stale, or no
 * line of its file is part of an order.
 */
export interface ReplaySummary extends Replayed, Tallied {
  failed: boolean;
  allRejected: boolean;
  ordersPerSecond: number;
  requestsPerSecond: number;
}

/** What a replay has done. */
export interface Replayed {
  file: string;
  /** Lines of the file without its header. */
  lines: number;
  to: string;
  runId: string;
  aborted: boolean;
  /** Orders that were confirmed. */
  placed: number;
  /** Orders whose payment was declined (402), as that of one in 50 is meant to be. */
  declined: number;
  /** Orders for which there was not enough stock (409). */
  outOfStock: number;
  /** Credit notes whose order was cancelled. */
  cancelled: number;
  /** Credit notes of goods that this replay had not sold to that customer: nothing was sent for them. */
  unmatched: number;
  /** Lines of the file that are no part of an order; the import reports them. */
  rejectedLines: number;
  seconds: number;
}

export function summarise(replayed: Replayed, tallied: Tallied): ReplaySummary {
  const requests = tallied.answers.reduce((sum, { count }) => sum + count, 0);
  const allRejected = replayed.lines > 0 && replayed.rejectedLines === replayed.lines;
  return {
    ...replayed,
    ...tallied,
    allRejected,
    failed: allRejected || tallied.unexpected.count > 0 || tallied.stockReads.stale > 0,
    ordersPerSecond: replayed.placed / replayed.seconds,
    requestsPerSecond: requests / replayed.seconds,
  };
}
