import { z } from 'zod';
import { retirementAnswerSchema } from './retirement.js';

/** How far the completion of a capability is. Up to `checking` it can be undone. */
export const completionStates = [
  /** All rows of both sides are compared; nothing is changed yet. If they differ, it is given up. */
  'comparing',
  /** The gateways are told to send the monolith nothing more of it. */
  'leaving',
  /** All instances of the monolith answer 410 and leave its tables alone. */
  'closing',
  /** All conditions are looked at once more. */
  'checking',
  /** The point of no return: the service keeps its buckets for good, and sends nothing to the monolith any more. */
  'ending',
  /** The monolith's side stops to send and to apply. */
  'retiring',
  /** The monolith's tables are renamed. */
  'archiving',
  'completed',
  /** The archive is being removed. */
  'dropping',
  'dropped',
  /** Everything goes back to as it was before. */
  'undoing',
] as const;

export type CompletionState = (typeof completionStates)[number];

const time = z.iso.datetime({ precision: 3 });

export const completionViewSchema = z.object({
  state: z.enum(completionStates),
  canBeUndone: z.boolean(),
  by: z.string(),
  reason: z.string(),
  /** What the step in progress waits for. */
  problem: z.string().nullable(),
  begunAt: time,
  changedAt: time,
});

/** One thing that must hold before there is no way back. */
export const conditionSchema = z.object({
  name: z.string(),
  met: z.boolean(),
  /** What was seen. */
  seen: z.string(),
  /** What to do; null while it is met. */
  advice: z.string().nullable(),
});

export type Condition = z.infer<typeof conditionSchema>;

/** What would be completed, or is, and what is missing. */
export const completionLookSchema = z.object({
  capability: z.string(),
  completion: completionViewSchema.nullable(),
  conditions: z.array(conditionSchema),
  /** The monolith's part as its sidecar tells; null where that does not answer. */
  monolith: retirementAnswerSchema.nullable(),
});

export type CompletionView = z.infer<typeof completionViewSchema>;
export type CompletionLook = z.infer<typeof completionLookSchema>;
