import { ErrorCode, type Msg, NatsError, ServiceError } from 'nats';
import type { z } from 'zod';
import {
  type ServiceEndpoint,
  serviceErrorSchema,
  serviceSubject,
} from '#contracts/strangler/service-endpoint.js';
import { AppError } from '#platform/errors/app-error.js';
import { statusOf } from '#platform/errors/problem-details.js';
import { explainNatsError } from './explain-nats-error.js';
import type { NatsLink } from './link-nats.js';

/** What a question brought, and what may have happened where it brought nothing. */
export type Reply<Answer> =
  | { kind: 'answer'; answer: Answer }
  /** The other program's own word that it will not: nothing was done. */
  | { kind: 'refused'; error: AppError }
  /** Nobody has been asked. */
  | { kind: 'unreachable'; cause: unknown }
  /** Somebody may have done it, may do it later, or never. */
  | { kind: 'unanswered'; cause: unknown };

/** Asks a question of another program, wherever that is. @param timeout milliseconds */
export type Ask = <Request extends z.ZodType, Answer extends z.ZodType>(
  endpoint: ServiceEndpoint<Request, Answer>,
  request: z.input<Request>,
  timeout: number,
) => Promise<Reply<z.output<Answer>>>;

/**
 * Asks a question of whichever instance takes it.
 * @param timeout milliseconds
 * @param subject of one instance, where it is put to that one
 */
export async function askService<Request extends z.ZodType, Answer extends z.ZodType>(
  link: NatsLink,
  endpoint: ServiceEndpoint<Request, Answer>,
  request: z.input<Request>,
  timeout: number,
  subject = serviceSubject(endpoint),
): Promise<Reply<z.output<Answer>>> {
  const nats = link.connection();
  if (!nats) return { kind: 'unreachable', cause: new Error(`NATS is away: ${subject} can't be asked`) };
  try {
    return understand(endpoint, await nats.request(subject, JSON.stringify(request), { timeout }));
  } catch (error) {
    const notSent = error instanceof NatsError && nobodyAsked.has(error.code);
    return {
      kind: notSent ? 'unreachable' : 'unanswered',
      cause: explainNatsError(error, `a request to ${subject}`),
    };
  }
}

/** The broker's words for a question that it has given to nobody. */
const nobodyAsked = new Set<string>([ErrorCode.NoResponders, ErrorCode.PermissionsViolation]);

function understand<Request extends z.ZodType, Answer extends z.ZodType>(
  { answer }: ServiceEndpoint<Request, Answer>,
  message: Msg,
): Reply<z.output<Answer>> {
  if (!ServiceError.isServiceError(message)) return { kind: 'answer', answer: answer.parse(message.json()) };
  const { code, message: text, errors, retryAfter } = serviceErrorSchema.parse(message.json());
  const error = new AppError(code, text, {
    ...(errors ? { errors } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
  // Whoever fails may do so after the deed.
  return statusOf(error) >= 500 ? { kind: 'unanswered', cause: error } : { kind: 'refused', error };
}
