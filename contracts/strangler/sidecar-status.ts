import { z } from 'zod';
import { backfillProgressSchema } from './backfill.js';
import type { Side } from './move.js';

const placeSchema = z.object({
  /** Another one after a backfill with a new chain. */
  chain: z.string(),
});

/**
 * How one instance of a sidecar does with one capability, for people and their tools. Of several instances one works and
 * says more; the others stand by.
 */
export const sidecarStatusSchema = z.object({
  /** The program beside it. */
  program: z.string(),
  capture: z.object({ state: z.string(), code: z.string().optional(), message: z.string().optional() }),
  applier: z.object({
    state: z.string(),
    message: z.string().optional(),
    /** What stops it until somebody mends it. */
    failure: z
      .object({
        code: z.string(),
        message: z.string(),
        table: z.string().optional(),
        row: z.record(z.string(), z.unknown()).optional(),
        position: placeSchema.optional(),
      })
      .optional(),
    /** Of what it has applied. */
    position: placeSchema.optional(),
    /** Milliseconds that the replica was behind when it applied the newest heartbeat. */
    lag: z.number().optional(),
    backfill: backfillProgressSchema.optional(),
  }),
});

export type SidecarStatus = z.infer<typeof sidecarStatusSchema>;

/** Answered by every instance of the sidecar beside that side; requests are empty. */
export function sidecarStatusSubject(capability: string, of: Side): string {
  return `strangler.sidecar-status.${capability}.${of}`;
}
