import { z } from 'zod';
import { defineEndpoint } from '#contracts/http/endpoint.js';
import { control, type Named, why } from './control-endpoint.js';
import { completionLookSchema, completionViewSchema } from './completion.js';
import { gatewayEndpoints } from './known-gateways.js';
import { blockerSchema } from './ownership.js';
import { tokenEndpoints } from './token-endpoints.js';

const side = z.enum(['monolith', 'service']);
const time = z.iso.datetime({ precision: 3 });

/** How far a hand-over is; the last two are ends. */
export const handOverStates = [
  /** The owner is asked to release. */
  'releasing',
  /** Released: the token is on its way to the other side. */
  'granting',
  /** Late: the receiving side is asked to refuse the token. */
  'vetoing',
  /** Refused: the releasing side is asked to own the buckets again. */
  'reopening',
  'done',
  'given-up',
] as const;

export type HandOverState = (typeof handOverStates)[number];

/** Buckets that move together from one side to the other, as the journal knows them. */
export const handOverSchema = z.object({
  id: z.string(),
  from: side,
  to: side,
  state: z.enum(handOverStates),
  buckets: z.array(
    z.object({
      bucket: z.int(),
      /** The owner's epoch when the hand-over was begun; the token's is one more. */
      expected: z.int(),
      outcome: z.enum(['granted', 'reopened']).nullable(),
    }),
  ),
  /** Releases that gave up so far. */
  attempts: z.int(),
  nextTryAt: time.nullable(),
  /** What the last release that gave up had to wait for. */
  blockers: z.array(blockerSchema),
  /** Why it was, or is being, given up. */
  reason: z.string().nullable(),
  begunAt: time,
  changedAt: time,
  closedAt: time.nullable(),
});

/** What one gate sees: whether the next hand-over may begin. */
export const gateReadingSchema = z.object({
  name: z.string(),
  open: z.boolean(),
  /** What was measured, with its unit, and what it has to keep to. */
  figure: z.string(),
  limit: z.string(),
  /** Why it holds the hand-over up, and what to do; null while it is open. */
  reason: z.string().nullable(),
});

/** Buckets that are to be handed over together. */
export const plannedStepSchema = z.object({ from: side, to: side, buckets: z.array(z.int()) });

const rowView = z.object({ state: z.enum(['owned', 'released']), epoch: z.int(), vetoed: z.int() });

export const bucketViewSchema = z.object({
  bucket: z.int(),
  /** Null while it is between two owners, or a side can't be asked. */
  owner: side.nullable(),
  epoch: z.int(),
  monolith: rowView.nullable(),
  service: rowView.nullable(),
});

/**
 * `settled`: owners are as wanted; `moving`: a hand-over is under way, or about to be; `held`: a gate, a side that can't be asked or a
 * pause after a failure is in the way; `paused`, `refused` (the flag can't be honoured) and `stopped` (a person has to look) wait for a person.
 * `completing` and `completed`: the monolith's part is being retired, or was; nothing moves any more.
 */
const capabilityStates = [
  'settled',
  'moving',
  'held',
  'paused',
  'refused',
  'stopped',
  'completing',
  'completed',
] as const;

export const capabilityViewSchema = z.object({
  capability: z.string(),
  /** Grows with every change of what is wanted or allowed; a mutation names it. */
  version: z.int(),
  state: z.enum(capabilityStates),
  /** What holds it up, in sentences. */
  reasons: z.array(z.string()),
  wanted: z.object({
    flag: z.string(),
    /** Null where nobody knows, or the flag is refused. */
    percent: z.int().nullable(),
    by: z.enum(['flag', 'rollback', 'completion']),
    /** Why the flag can't be honoured; nothing moves then. */
    refused: z.string().nullable(),
  }),
  /** Null unless it was completed, or is being so. */
  completion: completionViewSchema.nullable(),
  paused: z.object({ by: z.string(), reason: z.string(), at: time }).nullable(),
  /** How many buckets the service owns, as far as is known. */
  serviceBuckets: z.int(),
  /** All 100 in order. */
  buckets: z.array(bucketViewSchema),
  openHandOvers: z.array(handOverSchema),
  /** What would be handed over next, in order, if nothing changed. */
  steps: z.array(plannedStepSchema),
  /** For the first of these steps; empty where there is none. */
  gates: z.array(gateReadingSchema),
  /** The last ones that are closed, newest first. */
  recent: z.array(handOverSchema),
});

export type HandOverView = z.infer<typeof handOverSchema>;
export type GateReading = z.infer<typeof gateReadingSchema>;
export type PlannedStep = z.infer<typeof plannedStepSchema>;
export type BucketView = z.infer<typeof bucketViewSchema>;
export type CapabilityView = z.infer<typeof capabilityViewSchema>;

/** One line of the audit; each holds the hash of the one before. */
export const auditEntrySchema = z.object({
  id: z.int(),
  at: time,
  /** Name and role of the token, as in `anna (operator)`, or the part of the system that acted. */
  who: z.string(),
  /** The person for whom the caller says that they act: a claim that nobody has checked. */
  onBehalfOf: z.string().nullable(),
  action: z.string(),
  capability: z.string().nullable(),
  outcome: z.enum(['done', 'refused']),
  reason: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
  previousHash: z.string(),
  hash: z.string(),
});

export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditCheckSchema = z.object({
  /** Null where the chain is whole, else what is wrong with it. */
  broken: z.string().nullable(),
});

const capability = z.object({ capability: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case') });
const percent = z.int().min(0).max(100);

const accepted = { 200: { description: 'As it stands now', schema: capabilityViewSchema } };

const mutation = (named: Named) => ({
  ...control(named),
  method: 'POST' as const,
  params: capability,
  answers: accepted,
});

/**
 * The control plane's admin API. Every request carries a token; a mutation carries the expected version in `If-Match`: the
 * capability's, or that of the list of gateways or tokens.
 */
export const controlEndpoints = {
  list: defineEndpoint({
    ...control({ verb: 'list', path: '/capabilities', summary: 'All capabilities that have a service' }),
    answers: {
      200: {
        description: 'Each with its state',
        schema: z.object({ items: z.array(capabilityViewSchema), leader: z.string().nullable() }),
      },
    },
  }),
  get: defineEndpoint({
    ...control({ verb: 'get', path: '/capabilities/{capability}', summary: 'One capability' }),
    params: capability,
    answers: accepted,
  }),
  plan: defineEndpoint({
    ...control({
      verb: 'plan',
      path: '/capabilities/{capability}/plan',
      summary: 'What another share would move, and what the gates say now; changes nothing',
    }),
    params: capability,
    query: z.strictObject({ percent: z.coerce.number().pipe(percent) }),
    answers: accepted,
  }),
  share: defineEndpoint({
    ...mutation({
      verb: 'share',
      path: '/capabilities/{capability}/share',
      summary: 'Lets the service own the first so many buckets',
    }),
    body: z.strictObject({ ...why, percent }),
  }),
  rollback: defineEndpoint({
    ...mutation({
      verb: 'rollback',
      path: '/capabilities/{capability}/rollback',
      summary: 'Gives everything back to the monolith, at full speed',
    }),
    body: z.strictObject(why),
  }),
  pause: defineEndpoint({
    ...mutation({
      verb: 'pause',
      path: '/capabilities/{capability}/pause',
      summary: 'Begins no further hand-over',
    }),
    body: z.strictObject(why),
  }),
  resume: defineEndpoint({
    ...mutation({
      verb: 'resume',
      path: '/capabilities/{capability}/resume',
      summary: 'Goes on after a pause, or after a person has looked at what stopped it',
    }),
    body: z.strictObject(why),
  }),
  complete: defineEndpoint({
    ...mutation({
      verb: 'complete',
      path: '/capabilities/{capability}/complete',
      summary: "Retires the monolith's part for good",
    }),
    body: z.strictObject({ ...why, confirm: z.string() }),
  }),
  completion: defineEndpoint({
    ...control({
      verb: 'completion',
      path: '/capabilities/{capability}/completion',
      summary: 'What completing it needs, and how far it is; changes nothing',
    }),
    params: capability,
    answers: { 200: { description: 'As it stands now', schema: completionLookSchema } },
  }),
  abandon: defineEndpoint({
    ...mutation({
      verb: 'abandon',
      path: '/capabilities/{capability}/abandon',
      summary: 'Takes everything back from a side whose database is lost for good',
    }),
    body: z.strictObject({ ...why, side: z.literal('service'), confirm: z.string() }),
  }),
  drop: defineEndpoint({
    ...mutation({
      verb: 'drop',
      path: '/capabilities/{capability}/drop',
      summary: "Removes what was archived of the monolith's tables",
    }),
    body: z.strictObject({ ...why, confirm: z.string() }),
  }),
  audit: defineEndpoint({
    ...control({ verb: 'audit', path: '/audit', summary: 'Who changed what, newest first' }),
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(1_000).default(50),
      before: z.coerce.number().int().optional(),
    }),
    answers: {
      200: {
        description: 'Entries, and whether all of the chain is whole',
        schema: z.object({
          items: z.array(auditEntrySchema),
          /** Null where the chain is whole, else what is wrong with it. Pieces of the archive are not opened. */
          broken: z.string().nullable(),
        }),
      },
    },
  }),
  auditCheck: defineEndpoint({
    ...control({
      verb: 'audit-check',
      path: '/audit/check',
      summary: 'Whether the whole audit is as it was written, with all that is in its archive',
    }),
    answers: { 200: { description: 'What was found', schema: auditCheckSchema } },
  }),
  ...gatewayEndpoints,
  ...tokenEndpoints,
} as const;

/** On a refusal by a stand-by: where the leader is. */
export const leaderHeader = 'x-strangler-leader';
