import type { z } from 'zod';
import { atMonolith, type ServiceEndpoint } from '#contracts/strangler/service-endpoint.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Ask, Reply } from '#platform/messaging/ask-service.js';
import { Unreachable } from '../use-cases/participants.js';

/**
 * Asks whichever side owns what the question is about: the service, and where it does not own it, or is not there, the
 * monolith. Between two owners nobody answers, and nothing is done.
 * @param timeoutMs of each question
 * @throws AppError what the owner refuses with; `Unreachable` if nobody was asked; `unavailable` if nobody knows
 */
export async function askOwner<Request extends z.ZodType, Answer extends z.ZodType>(
  ask: Ask,
  endpoint: ServiceEndpoint<Request, Answer>,
  request: z.input<Request>,
  timeoutMs: number,
): Promise<z.output<Answer>> {
  const service = await ask(endpoint, request, timeoutMs);
  if (!isElsewhere(service)) return answerOf(endpoint, service);
  const monolith = await ask(atMonolith(endpoint), request, timeoutMs);
  if (isElsewhere(monolith)) throw new Unreachable(nameOf(endpoint), causeOf(service));
  return answerOf(endpoint, monolith);
}

/** Nothing was done here: it is not owned by this side, or this side is not there. */
export function isElsewhere(reply: Reply<unknown>): boolean {
  return reply.kind === 'unreachable' || (reply.kind === 'refused' && reply.error.code === 'not_owner');
}

/** @throws AppError as `askOwner` does */
export function answerOf<Answer>(endpoint: ServiceEndpoint, reply: Reply<Answer>): Answer {
  if (reply.kind === 'answer') return reply.answer;
  if (reply.kind === 'refused') throw reply.error;
  if (reply.kind === 'unreachable') throw new Unreachable(nameOf(endpoint), reply.cause);
  const message = `${nameOf(endpoint)} service is unavailable`;
  throw new AppError('unavailable', message, { cause: reply.cause, retryAfter: 2 });
}

function causeOf(reply: Reply<unknown>): unknown {
  return reply.kind === 'refused' ? reply.error : 'cause' in reply ? reply.cause : undefined;
}

/** As clients call it. */
function nameOf({ capability }: ServiceEndpoint): string {
  const name = capability === 'payments' ? 'payment' : capability;
  return name.charAt(0).toUpperCase() + name.slice(1);
}
