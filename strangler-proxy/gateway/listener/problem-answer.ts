import type { ServerResponse } from 'node:http';
import { problemDetails, statusOf } from '#platform/errors/problem-details.js';
import { AppError } from '#platform/errors/app-error.js';

/**
 * Answers with an error of the gateway itself, as problem+json; one that was not thrown on purpose is a 500 without its words.
 * @param target the request's target; its query stays out of the answer
 */
export function answerProblem(
  response: ServerResponse,
  error: unknown,
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
    ...retryAfterOf(error),
    ...headers,
  ]);
  response.end(body);
}

function retryAfterOf(error: unknown): string[] {
  const seconds = error instanceof AppError ? error.options.retryAfter : undefined;
  return seconds === undefined ? [] : ['retry-after', String(seconds)];
}

/** The problem's JSON. */
export function problemBody(error: unknown, target: string): string {
  return JSON.stringify(problemDetails(error, target.split('?', 1)[0] ?? target));
}
