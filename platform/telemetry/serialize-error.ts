import { messageOf } from './message-of.js';

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
 * besides is left out: a statement with its values holds addresses, tokens and whole orders. Data that is quoted in a message is
 * left out, too.
 * @param error whatever was thrown; what is no error is returned as it is
 */
export function serializeError(error: unknown): unknown {
  return error instanceof Error ? describe(error, deepest) : error;
}

/** Where an error comes from, for a person: its message and its stack, without data that is quoted in them. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? (describe(error, 0).stack ?? messageOf(error)) : messageOf(error);
}

function describe(error: Error, depth: number): LoggedError {
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  const type = error.constructor.name || error.name;
  const message = messageOf(error).slice(0, longestMessage);
  return {
    ...{ type, message },
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof errno === 'number' ? { errno } : {}),
    ...(error.stack === undefined ? {} : { stack: `${type}: ${message}\n${framesOf(error.stack)}` }),
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

/** A stack begins with the message as it was, which may quote data. */
function framesOf(stack: string): string {
  const frames = stack.split('\n').filter((line) => /^ {4}at /.test(line));
  return frames.join('\n').slice(0, longestStack);
}
