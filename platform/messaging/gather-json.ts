import { ErrorCode, type NatsConnection, NatsError, RequestStrategy } from 'nats';
import type { z } from 'zod';
import { explainNatsError } from './explain-nats-error.js';

/** When answers are waited for no longer. */
export interface Gathering<Answer> {
  /** Longest wait in all, in milliseconds. */
  maxMs: number;
  /** Are these all that can be expected? */
  isComplete(answers: readonly Answer[]): boolean;
}

/** Longest wait for a first answer, in milliseconds; those that follow it are waited for 300 ms each. */
const firstAnswerMs = 2_000;

/**
 * Asks everybody who answers on a subject, once. Answers that don't fit the schema are left out: they come from another version.
 * @param until when nothing more is waited for, where that can be told; otherwise soon after the last answer
 * @returns nothing when nobody is there, or nobody answers in time
 * @throws when NATS can't be asked
 */
export async function gatherJson<Schema extends z.ZodType>(
  nats: NatsConnection,
  subject: string,
  request: unknown,
  schema: Schema,
  until?: Gathering<z.output<Schema>>,
): Promise<z.output<Schema>[]> {
  const found: z.output<Schema>[] = [];
  try {
    const answers = await nats.requestMany(subject, JSON.stringify(request), {
      strategy: until ? RequestStrategy.Timer : RequestStrategy.JitterTimer,
      maxWait: until?.maxMs ?? firstAnswerMs,
    });
    for await (const answer of answers) {
      const parsed = schema.safeParse(answer.json());
      if (parsed.success) found.push(parsed.data);
      if (until?.isComplete(found)) break;
    }
  } catch (error) {
    if (!(error instanceof NatsError && error.code === String(ErrorCode.NoResponders)))
      throw explainNatsError(error, `a question to all on ${subject}`);
  }
  return found;
}
