import { z } from 'zod';

/**
 * `PATIENCE`: how many times as long as usual a program waits for others before it gives up. For slow machines: all waits
 * grow alike, so that those which contain others go on doing so.
 */
export const patienceSchema = z.coerce.number().min(1).max(100).default(1);

/** Longest that any question over NATS may take by its own limit, in milliseconds. */
const longestQuestionMs = 5_000;

/** Shortest wait for an answer over NATS, in milliseconds: 0 leaves it to each question. */
export function shortestWait(patience: number, leastMs: number): number {
  return Math.max(leastMs, patience > 1 ? patience * longestQuestionMs : 0);
}
