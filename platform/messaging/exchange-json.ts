import type { Msg, NatsConnection } from 'nats';
import type { z } from 'zod';
import { guarded, noteCaught } from '#platform/telemetry/guarded.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { explainNatsError } from './explain-nats-error.js';

export type { NatsConnection } from 'nats';

/** Longest wait for an answer, in milliseconds, unless told otherwise. */
const answerTimeout = 2_000;

/**
 * Publishes to all that listen. It never throws, so that timers and listeners may call it: a message that can't be sent,
 * because it is larger than the server takes or the connection has just ended, is reported and lost.
 */
export function publishJson(nats: NatsConnection, subject: string, message: unknown): void {
  try {
    if (!nats.isClosed()) nats.publish(subject, JSON.stringify(message));
  } catch (error) {
    noteCaught(`publishing to ${subject}`, explainNatsError(error, `a message to ${subject}`));
  }
}

/**
 * Hands each message that fits the schema to the listener. What doesn't fit is passed to `onInvalid`.
 * @returns a function that ends it
 */
export function listenJson<Schema extends z.ZodType>(
  nats: NatsConnection,
  subject: string,
  schema: Schema,
  listener: (message: z.output<Schema>) => void,
  onInvalid: (problem: string) => void,
): () => void {
  const subscription = nats.subscribe(subject, {
    callback: guarded(`listening to ${subject}`, (error, message) => {
      if (error) return onInvalid(error.message);
      const parsed = parseJson(schema, message);
      if (parsed.error !== undefined) onInvalid(parsed.error);
      else listener(parsed.value);
    }),
  });
  return () => subscription.unsubscribe();
}

/**
 * Asks, and waits for the answer.
 * @throws when nobody answers in time, or with something that doesn't fit the schema
 */
export async function requestJson<Schema extends z.ZodType>(
  nats: NatsConnection,
  subject: string,
  request: unknown,
  schema: Schema,
  timeout = answerTimeout,
): Promise<z.output<Schema>> {
  const answer = parseJson(schema, await ask(nats, subject, JSON.stringify(request), timeout));
  if (answer.error !== undefined)
    throw new Error(`the answer to ${subject} is not understood: ${answer.error}`);
  return answer.value;
}

/**
 * Answers requests. One that can't be read or served stays unanswered, and is reported.
 * @returns a function that ends it
 */
export function answerJson<Schema extends z.ZodType>(
  nats: NatsConnection,
  subject: string,
  schema: Schema,
  answer: (request: z.output<Schema>) => Promise<unknown>,
  onError: (error: unknown) => void,
): () => void {
  async function respond(message: Msg): Promise<void> {
    const request = parseJson(schema, message);
    if (request.error !== undefined)
      throw new Error(`a request to ${subject} is not understood: ${request.error}`);
    message.respond(JSON.stringify(await answer(request.value)));
  }
  const subscription = nats.subscribe(subject, {
    callback: guarded(`answering ${subject}`, (error, message) => {
      if (error) onError(error);
      else respond(message).catch(onError);
    }),
  });
  return () => subscription.unsubscribe();
}

async function ask(nats: NatsConnection, subject: string, request: string, timeout: number): Promise<Msg> {
  try {
    return await nats.request(subject, request, { timeout });
  } catch (error) {
    throw explainNatsError(error, `a request to ${subject}`);
  }
}

function parseJson<Schema extends z.ZodType>(
  schema: Schema,
  message: Msg,
): { value: z.output<Schema>; error?: undefined } | { error: string } {
  try {
    const result = schema.safeParse(message.json());
    return result.success ? { value: result.data } : { error: result.error.message };
  } catch (error) {
    return { error: messageOf(error) };
  }
}
