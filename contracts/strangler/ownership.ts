import { z } from 'zod';
import { type Side, otherSide } from './move.js';

/** How many buckets the keys of a capability fall in. */
export const bucketCount = 100;

const side = z.enum(['monolith', 'service']);
const bucket = z.int().min(1).max(bucketCount);
const epoch = z.int().min(0);

/** A bucket's row in the ownership table of one side's database. */
export const bucketRowSchema = z.object({
  bucket,
  /** Only the side whose row is `owned` accepts writes for the bucket's keys; over both sides at most one is. */
  state: z.enum(['owned', 'released']),
  /** Grows with every change of the row: one epoch, one change of owner. */
  epoch,
});

/** The same with what decides about late tokens. */
export const vetoableRowSchema = bucketRowSchema.extend({
  /** Newest token that this side has refused: it never takes this epoch, nor an older one. */
  vetoed: epoch,
});

export type BucketRow = z.infer<typeof bucketRowSchema>;
export type VetoableRow = z.infer<typeof vetoableRowSchema>;

/**
 * Said by a sidecar of the rows in its own database: of some when they have changed, of all about once a second.
 * A row replaces what was known of the same bucket and side if its epoch is not older.
 */
export const ownersSaidSchema = z.object({
  capability: z.string(),
  side,
  rows: z.array(bucketRowSchema),
  /** This side answers for the capability no more, or soon will not: not even reads go there. Told with all rows. */
  leaving: z.boolean().optional(),
  /**
   * The other side was abandoned: what it owns, or is given, up to this epoch counts no more. 0 where it never was. Told with
   * all rows.
   */
  voidUpTo: epoch.optional(),
});

export type OwnersSaid = z.infer<typeof ownersSaidSchema>;

/** Subject of one side's announcements: only its sidecar may publish there. */
export function ownersSubject(capability: string, side: Side): string {
  return `strangler.owners.${capability}.${side}`;
}

/**
 * Where a program says the same of its own side over HTTP, for gateways that its sidecar does not answer. A program that has
 * no ownership answers 404.
 */
export function ownersPath(capability: string): string {
  return `/health/owners/${capability}`;
}

/** What a sidecar answers who asks for its side of the ownership. */
export const ownershipAnswerSchema = z.object({
  capability: z.string(),
  side,
  /** All 100, in order. */
  rows: z.array(vetoableRowSchema),
  /** This side's replica is complete: only then does it take tokens. */
  filled: z.boolean(),
  /** The replica was complete, and its source's database has gone back in time since: rows may differ. */
  wentBack: z.boolean().optional(),
  /** As in what is said of owners. */
  leaving: z.boolean().optional(),
  voidUpTo: epoch.optional(),
  /** What in the database's settings could lose an acknowledged commit; empty where nothing can. */
  undurable: z.array(z.string()),
});

/** Asks the owner's sidecar to release buckets: each only if it is owned with exactly this epoch. */
export const releaseRequestSchema = z.object({
  /** Of the hand-over, for logs. */
  handOver: z.string(),
  buckets: z.array(z.object({ bucket, expected: epoch })).min(1),
  /** Longest that the release waits for writes in flight before it leaves all as it was, in milliseconds. */
  patience: z.int().positive().default(2_000),
  /** End the transactions that still hold a bucket when half of the patience is over. */
  killBlockers: z.boolean().default(false),
});

/** A transaction that a release had to wait for. */
export const blockerSchema = z.object({
  /** The database's id of its connection: what KILL takes. */
  connection: z.int(),
  /** Account and host, as the database knows them. */
  who: z.string(),
  /** Age of the transaction, in seconds. */
  seconds: z.number(),
  /** The statement that it runs, or null while it runs none. */
  statement: z.string().nullable(),
  killed: z.boolean(),
});

export type Blocker = z.infer<typeof blockerSchema>;

/**
 * `released`: those that were owned with their expected epoch are released now, with the next one, together.
 * `gave-up`: a transaction held one of them until patience was over; nothing has changed.
 * In both cases `rows` is what the table says now of all buckets that were asked for.
 */
export const releaseAnswerSchema = z.object({
  outcome: z.enum(['released', 'gave-up']),
  rows: z.array(vetoableRowSchema),
  blockers: z.array(blockerSchema),
  /** Which right the sidecar's account lacks to name or end blockers, and how to grant it; absent where none is missing. */
  advice: z.string().optional(),
});

/** Asks the receiving side to refuse tokens for ever: each unless it has been granted already. */
export const vetoRequestSchema = z.object({
  handOver: z.string(),
  buckets: z.array(z.object({ bucket, token: epoch })).min(1),
});

/** Why a request was refused as a whole; absent where it was not. Nothing has changed then. */
const refused = z.string().optional();

/** What became of each bucket's token; a veto of a granted token has failed, and the hand-over is complete. */
export const vetoAnswerSchema = z.object({
  buckets: z.array(z.object({ bucket, outcome: z.enum(['vetoed', 'granted']) })),
  refused,
});

/**
 * Asks the side that has released, or was asked to, to own the buckets again, with the epoch after the token's.
 * Refused unless the other side says that it has vetoed the token. `expected` is the same as in the release.
 */
export const reopenRequestSchema = z.object({
  handOver: z.string(),
  buckets: z.array(z.object({ bucket, expected: epoch })).min(1),
});

/** The rows as they are then. */
export const reopenAnswerSchema = z.object({ rows: z.array(vetoableRowSchema), refused });

/**
 * Tells the side that stays that the other one is lost for good: what that one owns, or is given, up to `voidUpTo` counts no
 * more. With `own` it owns every bucket from then on, with that epoch.
 */
export const takeBackRequestSchema = z.object({ voidUpTo: epoch.min(1), own: z.boolean() });

/** Whether it is so now, with all rows; without any where others held them for too long. */
export const takeBackAnswerSchema = z.object({ done: z.boolean(), rows: z.array(vetoableRowSchema) });

export type TakeBackRequest = z.infer<typeof takeBackRequestSchema>;
export type TakeBackAnswer = z.infer<typeof takeBackAnswerSchema>;

export type OwnershipAnswer = z.infer<typeof ownershipAnswerSchema>;
export type ReleaseRequest = z.input<typeof releaseRequestSchema>;
export type ReleaseAnswer = z.infer<typeof releaseAnswerSchema>;
export type VetoRequest = z.infer<typeof vetoRequestSchema>;
export type VetoAnswer = z.infer<typeof vetoAnswerSchema>;
export type ReopenRequest = z.infer<typeof reopenRequestSchema>;
export type ReopenAnswer = z.infer<typeof reopenAnswerSchema>;

/** What a sidecar can be asked about the ownership of its side: the last part of the subject. */
export type OwnershipQuestion = 'rows' | 'release' | 'veto' | 'reopen' | 'take-back';

/** Answered by the sidecar beside that side's database; requests are JSON. */
export function ownershipSubject(question: OwnershipQuestion, capability: string, of: Side): string {
  return `strangler.ownership.${question}.${capability}.${of}`;
}

/** Who owns a bucket, as far as is known. */
export interface BucketOwner {
  /** Undefined while it is between two owners. */
  owner: Side | undefined;
  /** The owner, or else the last one: its data have every write. */
  last: Side;
  epoch: number;
}

/**
 * What the rows of both sides say together. They may have been read at different moments: the newer epoch tells,
 * and of one epoch the row that is owned.
 */
export function ownerOf(rows: Partial<Record<Side, Pick<BucketRow, 'state' | 'epoch'>>>): BucketOwner {
  const { monolith = { state: 'released', epoch: 0 }, service = { state: 'released', epoch: 0 } } = rows;
  const of = { monolith, service };
  const newer: Side = service.epoch > monolith.epoch ? 'service' : 'monolith';
  const older = otherSide(newer);
  if (of[newer].state === 'released' && of[older].state === 'owned' && of[older].epoch === of[newer].epoch)
    return { owner: older, last: older, epoch: of[older].epoch };
  const owner = of[newer].state === 'owned' ? newer : undefined;
  return { owner, last: newer, epoch: of[newer].epoch };
}
