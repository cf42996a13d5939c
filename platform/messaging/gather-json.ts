import { ErrorCode, type NatsConnection, NatsError, RequestStrategy } from 'nats';
import type { z } from 'zod';
import { explainNatsError } from './explain-nats-error.js';

/** Longest wait for the first answer and for each further one, in milliseconds. */
const patience = 300;

/**
 * Asks everybody who answers on a subject, once. Answers that don't fit the schema are left out: they come from another version.
 * @returns nothing when nobody is there
 * @throws when NATS can't be asked
 */
export async function gatherJson<Schema extends z.ZodType>(
  nats: NatsConnection,
  subject: string,
  request: unknown,
  schema: Schema,
): Promise<z.output<Schema>[]> {
  const found: z.output<Schema>[] = [];
  try {
    const answers = await nats.requestMany(subject, JSON.stringify(request), {
      strategy: RequestStrategy.JitterTimer,
      maxWait: 2_000,
      jitter: patience,
    });
    for await (const answer of answers) {
      const parsed = schema.safeParse(answer.json());
      if (parsed.success) found.push(parsed.data);
    }
  } catch (error) {
    if (!(error instanceof NatsError && error.code === String(ErrorCode.NoResponders)))
      throw explainNatsError(error, `a question to all on ${subject}`);
  }
  return found;
}
