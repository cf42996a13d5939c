import { withoutValuesOfDatabase, withoutValuesOfError } from './without-values.js';

/**
 * The message of whatever was thrown, fit for logs, answers and records: without the data that programs quote in their errors.
 * Where an error has no message, its code or its name says what it is.
 */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return withoutValuesOfError(textOf(thrown));
  const { code } = thrown as { code?: unknown };
  if (thrown.message === '') return typeof code === 'string' ? code : thrown.name;
  return isOfDatabase(thrown)
    ? withoutValuesOfDatabase(thrown.message)
    : withoutValuesOfError(thrown.message);
}

/** Some libraries throw objects that only look like errors. */
function textOf(value: unknown): string {
  const { message } = (value ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : String(value);
}

/** Drivers and sequelize keep the statement on the error. */
function isOfDatabase(error: Error): boolean {
  return 'sql' in error || 'sqlMessage' in error || 'sqlState' in error;
}
