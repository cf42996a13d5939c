import type { Failure } from '../forward/forward.js';
import type { Lane } from '../forward/lane.js';
import type { Endpoint } from '../routing/endpoint.js';

/** After these, a write may have happened or may still: accepted for later, or lost between us and the program. */
export function leavesOutcomeOpen(status: number, { acceptedIsDone }: Endpoint): boolean {
  return (status === 202 && !acceptedIsDone) || status === 502 || status === 504;
}

/** Nobody is there, or nobody was a moment ago. A bulkhead that is full says nothing of that. */
export function saysAway({ kind }: Failure, lane: Lane | undefined): boolean {
  return kind === 'unreachable' || (kind === 'refused' && lane?.breaker.state !== 'closed');
}
