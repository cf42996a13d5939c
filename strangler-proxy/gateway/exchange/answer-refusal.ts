import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '#platform/errors/app-error.js';
import type { OutgoingRequest } from '../forward/forward.js';
import { LimitError } from '../limits/limit-error.js';
import { answerProblem } from '../listener/problem-answer.js';

/** A request of which nothing was answered yet. */
export interface Unanswered {
  request: IncomingMessage;
  response: ServerResponse;
  requestId: string;
}

/** Answers with an error of the gateway's own. @param last nothing follows on this connection @returns its status */
export function answerRefusal(
  { request, response, requestId }: Unanswered,
  error: AppError,
  last: boolean,
): number {
  const own = ['X-Request-Id', requestId];
  if (last) own.push('Connection', 'close');
  answerProblem(response, error, request.url ?? '/', own);
  return response.statusCode;
}

/** The error for a request that has taken as long as its endpoint allows. @param complete all of it had arrived */
export function tookTooLong(title: string, complete: boolean, { timeouts }: OutgoingRequest): LimitError {
  const setting = `${timeouts?.section}.request`;
  return complete
    ? new LimitError(setting, 'timeout', `${title} did not answer in time`)
    : new LimitError(setting, 'timeout', 'The request did not arrive in time', { status: 408 });
}
