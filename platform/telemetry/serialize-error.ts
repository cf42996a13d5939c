/** An error as a log has it. */
export interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  errno?: number;
  stack?: string;
  cause?: LoggedError;
  /** Of an error that stands for several. */
  errors?: LoggedError[];
}

/** Causes that are told behind an error, and errors of several. */
const [deepest, most] = [5, 5];
/** Characters of a message, and of a stack. */
const [longestMessage, longestStack] = [2_000, 8_000];

/**
 * Tells of an error what helps to find its cause: type, message, code, stack and causes. What libraries hang on their errors
 * besides is left out: a statement with its values holds addresses, tokens and whole orders. Values that a database quotes in its
 * message are left out, too.
 * @param error whatever was thrown; what is no error is returned as it is
 */
export function serializeError(error: unknown): unknown {
  return error instanceof Error ? describe(error, deepest) : error;
}

function describe(error: Error, depth: number): LoggedError {
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  const quoted = isOfDatabase(error) ? withoutValues : (text: string) => text;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  return {
    type: error.constructor.name || error.name,
    message: quoted(error.message).slice(0, longestMessage),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof errno === 'number' ? { errno } : {}),
    ...(error.stack === undefined ? {} : { stack: quoted(error.stack).slice(0, longestStack) }),
    ...(cause instanceof Error && depth > 0 ? { cause: describe(cause, depth - 1) } : {}),
    ...(Array.isArray(errors) && depth > 0
      ? {
          errors: errors
            .filter((one): one is Error => one instanceof Error)
            .slice(0, most)
            .map((one) => describe(one, depth - 1)),
        }
      : {}),
  };
}

/** Drivers and sequelize keep the statement on the error. */
function isOfDatabase(error: Error): boolean {
  return 'sql' in error || 'sqlMessage' in error || 'sqlState' in error;
}

/** Names of tables, columns and keys stay; what stands in quotes before them is data, or part of a statement. */
function withoutValues(text: string): string {
  return text
    .replaceAll(/(Duplicate entry |value: |near )'[\s\S]*?'(?= for | at line |$)/g, "$1'...'")
    .replaceAll(/(value: |near )"[\s\S]*?"(?= for | at line |$)/g, "$1'...'");
}
