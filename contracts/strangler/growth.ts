import { z } from 'zod';

/** Asks every process how much of their bounds its stores have used; requests are empty. */
export const growthSubject = 'strangler.growth';

/** How far one store is from one of its bounds. */
export const storeReadingSchema = z.object({
  /** `inbox of orders`, `strangler-events`. */
  store: z.string(),
  /** `age` is in seconds, `bytes` in bytes, `rows` in rows or entries. */
  bound: z.enum(['age', 'bytes', 'rows']),
  used: z.number(),
  /** Null where there is none, although there should be. */
  limit: z.number().nullable(),
  /** What is wrong and what to do, in a sentence; null while nothing is. */
  alarm: z.string().nullable(),
});

export type StoreReading = z.infer<typeof storeReadingSchema>;

export const growthAnswerSchema = z.object({
  program: z.string(),
  readings: z.array(storeReadingSchema),
});
