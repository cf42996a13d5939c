import type { Failure } from './forward.js';
import type { Lane } from './lane.js';
import type { Endpoint } from '../routing/endpoint.js';

/** Status under which an exchange counts whose client went away before its answer; nginx's word for it. */
export const clientGone = 499;

/**
 * After these, a write may have happened or may still: accepted for later, or lost between us and the program.
 * @param mayHaveHappened an earlier attempt may have been carried out: only an answer that it is done settles that
 */
export function leavesOutcomeOpen(
  status: number,
  { acceptedIsDone }: Endpoint,
  mayHaveHappened: boolean,
): boolean {
  const done = status >= 200 && status < 300;
  return (
    (status === 202 && !acceptedIsDone) || status === 502 || status === 504 || (mayHaveHappened && !done)
  );
}

/**
 * Nobody is there, or nobody was a moment ago and the breaker has opened for that. A bulkhead that is full says nothing of
 * it, nor does a breaker that is open because answers fail.
 */
export function saysAway({ kind }: Failure, lane: Lane | undefined): boolean {
  if (kind === 'unreachable') return true;
  return kind === 'refused' && lane?.breaker.state !== 'closed' && lane?.absence.isAway() === true;
}
