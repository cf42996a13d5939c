import { z } from 'zod';
import type { Side } from './move.js';

/**
 * How far one side's part of a capability is on its way out; each state holds what the ones before it do.
 * Up to `closed` all can be taken back; from `ended` on there is only forward.
 */
export const retirementStates = [
  /** In use: no row says anything else. */
  'open',
  /** The gateways send it no reads any more; it still answers. */
  'leaving',
  /** Its program answers 410, and works on none of its tables. */
  'closed',
  /** Nothing is replicated any more, in either direction, and no bucket can change its owner. */
  'ended',
  /** Its tables are renamed: rows can be looked at, programs don't find them. */
  'archived',
  /** They are gone. */
  'dropped',
] as const;

export type RetirementState = (typeof retirementStates)[number];

/** Whether a part that is in one state is at least as far as another one. */
export function isAtLeast(state: RetirementState, least: RetirementState): boolean {
  return retirementStates.indexOf(state) >= retirementStates.indexOf(least);
}

/** Name of a table once it is archived. */
export function archivedName(table: string): string {
  return `retired_${table}`;
}

const time = z.iso.datetime({ precision: 3 });

/** Something that would fail, or never run again, without the tables of a part. */
export const dependentSchema = z.object({
  /** `the view stock_overview uses stock_items`. */
  what: z.string(),
  /** What becomes of it, and what to do. */
  advice: z.string(),
});

export type Dependent = z.infer<typeof dependentSchema>;

export const retirementRequestSchema = z.object({
  state: z.enum(retirementStates),
  /** Where the capability lives now, for people: told in every 410. */
  livesAt: z.string(),
});

export const retirementAnswerSchema = z.object({
  capability: z.string(),
  side: z.enum(['monolith', 'service']),
  state: z.enum(retirementStates),
  /** False once an instance that did so has ended it. */
  replicating: z.boolean(),
  /** Of this side, of this capability alone. */
  tables: z.array(z.object({ table: z.string(), state: z.enum(['alive', 'archived', 'gone']) })),
  /** What else in the database uses those that are alive; absent from a sidecar that does not look. */
  dependents: z.array(dependentSchema).optional(),
  /** What this side has begun and not ended; empty when there is nothing. */
  openWork: z.array(z.object({ what: z.string(), count: z.int() })),
  /** What the program beside it was asked, newest first; those of old are missing. */
  uses: z.array(z.object({ endpoint: z.string(), usedAt: time })),
  /** Instances of that program that were heard of lately. */
  instances: z.array(
    z.object({
      instance: z.string(),
      seenAt: time,
      /** It answers 410. */
      follows: z.boolean(),
    }),
  ),
  /** Since when all that it is asked is noted; null where no instance does. */
  notedSince: time.nullable(),
  /** The database's clock when this was read. */
  at: time,
});

export type RetirementRequest = z.infer<typeof retirementRequestSchema>;
export type RetirementAnswer = z.infer<typeof retirementAnswerSchema>;

/** What became of a request to change the state. */
export const retirementOutcomeSchema = z.discriminatedUnion('accepted', [
  z.object({ accepted: z.literal(true), now: retirementAnswerSchema }),
  z.object({ accepted: z.literal(false), message: z.string() }),
]);

export type RetirementOutcome = z.infer<typeof retirementOutcomeSchema>;

/** Answered by the sidecar beside that side's database: `look` takes an empty request, `set` one of the above. */
export function retirementSubject(question: 'look' | 'set', capability: string, of: Side): string {
  return `strangler.retirement.${question}.${capability}.${of}`;
}
