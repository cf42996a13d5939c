import { z } from 'zod';

/** Asks every program that builds projections how they are; each answers for its own. */
export const projectionsSubject = 'strangler.projections.status';
/** Asks every program that builds projections to build one anew, or all. */
export const rebuildSubject = 'strangler.projections.rebuild';

const rebuildSchema = z.object({
  /** What is read just now: a source of what is older than the stream, or the stream. */
  step: z.string(),
  done: z.int().min(0),
  /** What was there to do when the step began: more may come. */
  total: z.int().min(0),
  startedAt: z.iso.datetime(),
  /** Why it does not go on; it is tried again. */
  problem: z.string().nullable(),
});

const projectionStatusSchema = z.object({
  name: z.string(),
  /** Who builds it. */
  program: z.string(),
  /** When what is read now was complete; null before the first time: then the tables of the aggregates are read. */
  builtAt: z.iso.datetime().nullable(),
  /** Events in the stream that it has not seen; some may be none that it wants. Null while the stream can't be asked. */
  eventsBehind: z.int().min(0).nullable(),
  /** Age of the oldest of those, in milliseconds. */
  lagMs: z.number().min(0).nullable(),
  /** What is under way beside it; null where nothing is. */
  rebuild: rebuildSchema.nullable(),
});

export type ProjectionStatus = z.infer<typeof projectionStatusSchema>;

export const projectionsAnswerSchema = z.object({ projections: z.array(projectionStatusSchema) });

export const rebuildRequestSchema = z.object({
  /** All, where none is named. */
  name: z.string().nullable(),
});

/** `running`: it was under way already, and goes on. */
export const rebuildAnswerSchema = z.object({
  rebuilds: z.array(z.object({ name: z.string(), outcome: z.enum(['begun', 'running']) })),
});

export type RebuildAnswer = z.infer<typeof rebuildAnswerSchema>;
