import type { Side } from '#contracts/strangler/move.js';
import type { RowDifference } from '#contracts/strangler/verify.js';
import type { Bound } from './ask-side.js';

/** A row on which the replica really differs from its owner: seen at one and the same place of the owner's log. */
export interface Difference extends RowDifference {
  /** As the service names it, and as the monolith does. */
  table: string;
  monolithTable: string;
  owner: Side;
}

/** A row that differed when it was read, of which nobody could tell yet whether it still does. */
export interface Unconfirmed {
  /** As the service names it, and as the monolith does. */
  table: string;
  monolithTable: string;
  key: RowDifference['key'];
  bucket: number;
  why: string;
}

export interface TableResult {
  table: string;
  monolithTable: string;
  /** Rows that were compared, as each side counts them at the moment when it reads them. */
  rows: Record<Side, number>;
  /** Blocks of 1,000 rows that were not alike at first, most of them because rows changed between the two readings. */
  blocksAgain: number;
  /** Rows that were not alike, read one by one. */
  suspected: number;
}

/** Where to go on. */
export interface Place {
  table: string;
  after: Bound;
}

export interface VerifyResult {
  capability: string;
  /** `unknown`: no difference is certain, but not everything could be compared; `problem` or `unconfirmed` says why. */
  outcome: 'equal' | 'different' | 'unknown';
  problem: string | null;
  /** The ones that were compared; null is all. */
  buckets: number[] | null;
  tables: TableResult[];
  differences: Difference[];
  /** There may be more: it was ended after so many. */
  more: boolean;
  unconfirmed: Unconfirmed[];
  /** Where to go on when it was ended before it was through, or that was where it began; null when it was through. */
  reached: Place | null;
  startedAt: string;
  seconds: number;
  rowsPerSecond: number;
}

export interface VerifyProgress {
  table: string;
  /** Rows of all tables. */
  rows: number;
  /** As the databases guess. */
  estimate: number;
  rowsPerSecond: number;
  secondsLeft: number | null;
  suspected: number;
  differences: number;
}
