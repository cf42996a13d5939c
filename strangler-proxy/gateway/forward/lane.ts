import type { Side } from '#contracts/strangler/move.js';
import type { Breaker } from '#platform/resilience/breaker.js';
import type { Bulkhead } from '#platform/resilience/bulkhead.js';
import type { Absence } from './absence.js';
import type { Deadlines } from './deadlines.js';
import type { Instances } from './instances.js';
import type { RepeatBudget } from './repeat-budget.js';

/** The way to one side of one capability: its instances, and what protects them and us from each other. */
export interface Lane {
  side: Side;
  /** The section of the configuration that bounds it: `capabilities.inventory`. */
  section: string;
  instances: Instances;
  /**
   * Answers 502, 503 and 504 say that the instance is not well, and count as failures of the side where the monolith answers
   * in its place. Not for the monolith: it says them of others (a payment provider, say) while it is well itself.
   */
  statusTells: boolean;
  /** Whether a request that can't be sent had better wait. */
  absence: Absence;
  /** Bounds how many requests are sent a second time. */
  repeats: RepeatBudget;
  breaker: Breaker;
  bulkhead: Bulkhead;
  /** Requests that each of them kept back, since the start. */
  refused: { breaker: number; bulkhead: number };
  /** Bounds the time from the request to the head of its answer. */
  answerDeadlines: Deadlines;
}
