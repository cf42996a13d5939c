import { AppError } from '#platform/http/app-error.js';
import type { Failure } from './forward.js';

/**
 * What a client is told when no upstream answers: what happened, and whether trying again helps; never where.
 * @param title who failed, as in "Payment service"
 */
export function explainFailure({ kind, cause }: Failure, title: string): AppError {
  if (kind === 'late') return new AppError('timeout', `${title} did not answer in time`, { cause });
  if (kind === 'broken') return new AppError('bad_gateway', `${title} broke off its answer`, { cause });
  if (kind === 'invalid') {
    return new AppError('invalid_request', "The request has a header or a path that can't be passed on", {
      cause,
    });
  }
  return new AppError('unavailable', `${title} is unavailable; try again in a moment`, {
    cause,
    retryAfter: 1,
  });
}
