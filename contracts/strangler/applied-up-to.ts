import { z } from 'zod';
import type { Side } from './move.js';

/**
 * Said by the sidecar beside a replica after each heartbeat that it has applied: all that was committed at the
 * source before `writtenAt` is on this side. Nothing is said while the replica is incomplete or stopped.
 */
export const appliedUpToSchema = z.object({
  capability: z.string(),
  /** The replica's side. */
  side: z.enum(['monolith', 'service']),
  /** Milliseconds since 1970, clock of the source's sidecar. */
  writtenAt: z.number(),
  /** Milliseconds since 1970, clock of the replica's sidecar. */
  appliedAt: z.number(),
});

export type AppliedUpTo = z.infer<typeof appliedUpToSchema>;

export function appliedUpToSubject(capability: string, side: Side): string {
  return `strangler.applied.${capability}.${side}`;
}
