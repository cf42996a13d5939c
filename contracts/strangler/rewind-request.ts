import { z } from 'zod';
import type { Side } from './move.js';

export const positionSchema = z.object({
  chain: z.string(),
  seq: z.number(),
  origin: z.string().nullable(),
  gtid: z.string().nullable(),
  offset: z.number(),
  last: z.object({ before: z.string(), committedAt: z.number() }).nullish(),
});

/** Asks the capture to send everything after this place again. */
export const rewindRequestSchema = z.object({
  position: positionSchema,
  /** What the applier saw, for people. */
  reason: z.string(),
});

export const rewindAnswerSchema = z.discriminatedUnion('accepted', [
  z.object({ accepted: z.literal(true) }),
  /** The log no longer has that place: the message says why, and what to do. */
  z.object({ accepted: z.literal(false), code: z.string(), message: z.string() }),
]);

export type RewindRequest = z.infer<typeof rewindRequestSchema>;
export type RewindAnswer = z.infer<typeof rewindAnswerSchema>;

/** Answered by the capture of the side that the changes come from. */
export function rewindSubject(capability: string, from: Side): string {
  return `strangler.rewind.${capability}.${from}`;
}

/** Answered by the applier: where its replica is. */
export function appliedPositionSubject(capability: string, replica: Side): string {
  return `strangler.applied-position.${capability}.${replica}`;
}
