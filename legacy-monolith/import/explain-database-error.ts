import { toAppError } from '#platform/database/database-errors.js';
import { AppError } from '#platform/errors/app-error.js';

const noSuchTable = 1146;

/** Says what a database error means to somebody who imports. */
export function explainDatabaseError(error: unknown): unknown {
  const { original } = (error ?? {}) as { original?: { errno?: number } };
  if (original?.errno === noSuchTable) {
    return new AppError(
      'shop_not_ready',
      'The shop has no tables yet: start the monolith once, it makes them',
      {
        cause: error,
      },
    );
  }
  return toAppError('The shop', error);
}
