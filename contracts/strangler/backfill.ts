import { z } from 'zod';
import type { Side } from './move.js';

/** A value as messages carry it. */
export const wireValueSchema = z.union([z.string(), z.number(), z.null(), z.object({ base64: z.string() })]);

/** Asks the capture to put one chunk of a table into the stream. */
export const chunkRequestSchema = z.object({
  id: z.string(),
  /** Source table. */
  table: z.string(),
  /** Key after which the chunk starts; null at the table's start. */
  after: z.array(wireValueSchema).nullable(),
  /** Most rows. */
  limit: z.int().positive(),
});

export const chunkAnswerSchema = z.discriminatedUnion('accepted', [
  z.object({
    accepted: z.literal(true),
    /** Last key of the chunk; null when it reaches the table's end. */
    upTo: z.array(wireValueSchema).nullable(),
    rows: z.number(),
    /** Rows of the whole table, as the database guesses; told with the first chunk. */
    estimate: z.number().nullable(),
  }),
  z.object({
    accepted: z.literal(false),
    message: z.string(),
    /** Asking again does not help. */
    needsOperator: z.boolean().optional(),
  }),
]);

/** Asks the sidecar beside a replica to fill it again while it goes on being kept current. */
export const backfillRequestSchema = z.object({
  /** Who and why, for the log. */
  reason: z.string().min(1),
  /** Also give up the replica's place in the log and start a new chain: what to do when the log was purged. */
  newChain: z.boolean().default(false),
});

export const backfillProgressSchema = z.object({
  capability: z.string(),
  /** The replica's side. */
  side: z.enum(['monolith', 'service']),
  complete: z.boolean(),
  /** The error that stops the backfill until somebody fixes it. */
  problem: z.string().optional(),
  tables: z.array(
    z.object({
      /** Source table. */
      table: z.string(),
      complete: z.boolean(),
      rows: z.number(),
      estimate: z.number(),
      /** 0 to 100. */
      percent: z.number(),
      /** Seconds left, or null while nobody can tell. */
      secondsLeft: z.number().nullable(),
    }),
  ),
});

export type ChunkRequest = z.infer<typeof chunkRequestSchema>;
export type ChunkAnswer = z.infer<typeof chunkAnswerSchema>;
export type BackfillRequest = z.infer<typeof backfillRequestSchema>;
export type BackfillProgress = z.infer<typeof backfillProgressSchema>;

/** Answered by the capture of the side that the rows come from. */
export function chunkSubject(capability: string, from: Side): string {
  return `strangler.backfill-chunk.${capability}.${from}`;
}

/** Answered, with its progress, by the sidecar beside the replica. */
export function backfillSubject(capability: string, replica: Side): string {
  return `strangler.backfill.${capability}.${replica}`;
}

/** Told about once a second while a backfill runs. */
export function backfillProgressSubject(capability: string, replica: Side): string {
  return `strangler.backfill-progress.${capability}.${replica}`;
}
