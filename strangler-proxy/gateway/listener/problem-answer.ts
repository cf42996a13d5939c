import type { ServerResponse } from 'node:http';
import { problemDetails, statusOf } from '#platform/errors/problem-details.js';
import type { AppError } from '#platform/errors/app-error.js';

/**
 * Answers with an error of the gateway itself, as problem+json.
 * @param target the request's target; its query stays out of the answer
 */
export function answerProblem(
  response: ServerResponse,
  error: AppError,
  target: string,
  headers: readonly string[] = [],
): void {
  const body = problemBody(error, target);
  response.writeHead(statusOf(error), [
    'content-type',
    'application/problem+json; charset=utf-8',
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
    ...(error.options.retryAfter === undefined ? [] : ['retry-after', String(error.options.retryAfter)]),
    ...headers,
  ]);
  response.end(body);
}

/** The problem's JSON. */
export function problemBody(error: AppError, target: string): string {
  return JSON.stringify(problemDetails(error, target.split('?', 1)[0] ?? target));
}
