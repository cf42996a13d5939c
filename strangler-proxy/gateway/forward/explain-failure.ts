import { AppError } from '#platform/errors/app-error.js';
import { LimitError } from '../limits/limit-error.js';
import type { Failure } from './forward.js';

/**
 * What a client is told when no upstream answers: what happened, and whether trying again helps; never where.
 * @param title who failed, as in "Payment service"
 */
export function explainFailure({ setting, ...failure }: Failure, title: string): AppError {
  const error = explained(failure, title);
  return setting === undefined ? error : new LimitError(setting, error.code, error.message, error.options);
}

function explained({ kind, cause }: Failure, title: string): AppError {
  if (kind === 'late') return new AppError('timeout', `${title} did not answer in time`, { cause });
  if (kind === 'broken') return new AppError('bad_gateway', `${title} broke off its answer`, { cause });
  if (kind === 'unfit')
    return new AppError('bad_gateway', `${title} gave an answer that can't be passed on`, { cause });
  if (kind === 'invalid') {
    return new AppError('invalid_request', "The request has a header or a path that can't be passed on", {
      cause,
    });
  }
  return unavailable(title, cause);
}

/** Nobody is there, for a moment as a rule. */
export function unavailable(title: string, cause?: Error): AppError {
  const problem = `${title} is unavailable; try again in a moment`;
  return new AppError('unavailable', problem, { cause, retryAfter: 1 });
}
