import { z } from 'zod';
import { wireValueSchema } from './backfill.js';
import type { Side } from './move.js';
import { bucketCount } from './ownership.js';

/** Values of a primary key, in the order of its columns. */
const key = z.array(wireValueSchema).min(1);
/** Only rows of these buckets count; null is all. */
const buckets = z.array(z.int().min(1).max(bucketCount)).nullable();

/** The tables of the move as one side has them. Both sides name a table as the service does. */
const verifyTablesSchema = z.object({
  tables: z.array(
    z.object({
      table: z.string(),
      /** Its name on the side that answers. */
      here: z.string(),
      /** Types and collations of the key: two sides that differ here sort differently, and can't be compared. */
      keyOrder: z.string(),
      /** Rows as the database guesses them. */
      estimate: z.number(),
    }),
  ),
});

/**
 * Asks for digests of consecutive blocks of a table in the order of its primary key, beginning behind `after`.
 * A digest covers key and values of each row as the service has them, so both sides' digests of equal rows are equal.
 */
export const digestRequestSchema = z.object({
  table: z.string(),
  after: key.nullable(),
  /**
   * Where the blocks end (inclusive; null: the table's end), as the other side has said;
   * null: this side makes up to `blocks` blocks of `rows` rows.
   */
  upTos: z.array(key.nullable()).nullable(),
  blocks: z.int().positive(),
  /** Rows of one block. A block that has to end somewhere and has more than four times as many gets no digest. */
  rows: z.int().positive(),
  buckets,
});

const digestAnswerSchema = z.object({
  accepted: z.literal(true),
  blocks: z.array(
    z.object({
      upTo: key.nullable(),
      /** Rows that count. */
      rows: z.number(),
      /** Null: too many rows to be worth reading, since the other side has far fewer. */
      digest: z.string().nullable(),
    }),
  ),
  /** Rows that were read, whatever their bucket. */
  scanned: z.number(),
});

/** Asks for each row of a range (after, upTo], up to `limit` rows read. */
export const rowHashesRequestSchema = z.object({
  table: z.string(),
  after: key.nullable(),
  upTo: key.nullable(),
  limit: z.int().positive(),
  buckets,
});

const rowHashesAnswerSchema = z.object({
  accepted: z.literal(true),
  /** How far the answer goes: as asked, or the last row's key where there were more than `limit`. */
  upTo: key.nullable(),
  rows: z.array(z.object({ key, bucket: z.int(), hash: z.string() })),
});

/** The question made no sense to this side, or its database didn't answer: the message says which. */
const refusedSchema = z.object({ accepted: z.literal(false), message: z.string() });

export const answeredTablesSchema = z.discriminatedUnion('accepted', [
  verifyTablesSchema.extend({ accepted: z.literal(true) }),
  refusedSchema,
]);
export const answeredDigestSchema = z.discriminatedUnion('accepted', [digestAnswerSchema, refusedSchema]);
export const answeredRowHashesSchema = z.discriminatedUnion('accepted', [
  rowHashesAnswerSchema,
  refusedSchema,
]);

export type DigestRequest = z.infer<typeof digestRequestSchema>;
export type DigestAnswer = z.infer<typeof digestAnswerSchema>;
export type RowHashesRequest = z.infer<typeof rowHashesRequestSchema>;
export type RowHashesAnswer = z.infer<typeof rowHashesAnswerSchema>;

/**
 * Asks the side that owns the keys to send what it has under them through the stream, so that the replica can be compared,
 * and mended, at exactly one place of the owner's log.
 */
export const keysRequestSchema = z.object({
  id: z.string(),
  /** As the service names it. */
  table: z.string(),
  keys: z.array(key).min(1).max(100),
  /** Only compare; otherwise the replica's rows become what is sent. */
  check: z.boolean(),
});

export const keysAnswerSchema = z.discriminatedUnion('accepted', [
  /** Of the keys so many are on their way, from the first one on; more would not fit into a message. */
  z.object({ accepted: z.literal(true), taken: z.int() }),
  refusedSchema,
]);

/** A row on which the replica differs from its owner. */
export const rowDifferenceSchema = z.object({
  key,
  bucket: z.int(),
  /**
   * `values`: columns differ; `missing`: the replica lacks it; `superfluous`: only the replica has it;
   * `not-mapped`: the move can't map the owner's row.
   */
  kind: z.enum(['values', 'missing', 'superfluous', 'not-mapped']),
  /** In the service's form. Long values are shortened; null is NULL, or no row. */
  columns: z.array(
    z.object({ column: z.string(), owner: z.string().nullable(), replica: z.string().nullable() }),
  ),
  /** Why the row could not be mapped, or mended. */
  problem: z.string().nullable(),
});

/** Said by the sidecar beside the replica once it has met the keys in the stream. */
export const keysReportSchema = z.discriminatedUnion('outcome', [
  z.object({
    id: z.string(),
    outcome: z.literal('met'),
    /** What differed when they were met; mended by now unless it was a check or there is a problem. */
    differences: z.array(rowDifferenceSchema),
    /** Keys whose bucket has moved meanwhile: ask its owner of now. */
    undecided: z.array(key),
  }),
  /** The log was read again, and what was sent is gone: ask again. */
  z.object({ id: z.string(), outcome: z.literal('lost') }),
]);

/** Asks for the rows that a side has under keys, as they are now. */
export const keyedRowsRequestSchema = z.object({
  table: z.string(),
  keys: z.array(key).min(1).max(100),
});

const wireRow = z.record(z.string(), wireValueSchema);

export const answeredKeyedRowsSchema = z.discriminatedUnion('accepted', [
  /** In the side's own form, of the first `taken` keys: more would not fit into a message. */
  z.object({ accepted: z.literal(true), taken: z.int(), rows: z.array(wireRow) }),
  refusedSchema,
]);

/** Asks the side of a replica to compare its rows with what their owner has under these keys. */
export const comparisonRequestSchema = keyedRowsRequestSchema.extend({ rows: z.array(wireRow) });

export const answeredComparisonSchema = z.discriminatedUnion('accepted', [
  z.object({ accepted: z.literal(true), differences: z.array(rowDifferenceSchema) }),
  refusedSchema,
]);

export type KeyedRowsRequest = z.infer<typeof keyedRowsRequestSchema>;
export type ComparisonRequest = z.infer<typeof comparisonRequestSchema>;
export type KeysRequest = z.infer<typeof keysRequestSchema>;
export type KeysAnswer = z.infer<typeof keysAnswerSchema>;
export type RowDifference = z.infer<typeof rowDifferenceSchema>;
export type KeysReport = z.infer<typeof keysReportSchema>;

/** Answered by the capture of the side that owns the keys. */
export function keysSubject(capability: string, from: Side): string {
  return `strangler.verify.keys.${capability}.${from}`;
}

export function keysReportSubject(capability: string, replica: Side): string {
  return `strangler.verify.keys-met.${capability}.${replica}`;
}

/** What a side can be asked: `tables` takes an empty request. */
export type VerifyQuestion = 'tables' | 'digest' | 'rows' | 'keyed-rows' | 'comparison';

/** Answered by the sidecar beside that side's database, of its rows. */
export function verifySubject(question: VerifyQuestion, capability: string, of: Side): string {
  return `strangler.verify.${question}.${capability}.${of}`;
}
