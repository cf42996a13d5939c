import type { AppError } from '../errors/app-error.js';
import { entityTag } from './entity-tag.js';
import { problemDetails, statusOf } from '../errors/problem-details.js';
import type { Answer } from './route.js';

/** Answers with one resource and the entity tag of its version. */
export function resource(
  body: { version: number },
  status = 200,
  headers: Record<string, string> = {},
): Answer {
  return { status, body, headers: { etag: entityTag(body.version), ...headers } };
}

/** Answers with something that has no version of its own, such as a list. */
export function plain(body: unknown, status = 200): Answer {
  return { status, body };
}

/**
 * Answers with an error although the write stands: what was written along the way (an order marked as
 * rejected, say) must be kept, which throwing would undo.
 */
export function problem(error: AppError, instance: string, headers: Record<string, string> = {}): Answer {
  return { status: statusOf(error), body: problemDetails(error, instance), headers };
}
