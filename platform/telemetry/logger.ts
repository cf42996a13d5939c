import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { reportCaughtTo } from './guarded.js';
import { messageOf } from './message-of.js';
import { serializeError } from './serialize-error.js';
import { withoutValues } from './without-values.js';

export type { Logger };

/** Values that must never reach a log, wherever a caller puts them. */
const secrets = ['authorization', 'cookie', 'password', 'token', 'secret'];

/** Levels of an object in which errors and texts are looked for. */
const deepest = 5;

/**
 * A process's logger: one JSON object a line. Errors of timers and listeners are reported to it. Of errors only what tells
 * where they come from is written, never the values that a statement was about: under whatever name a caller puts an error, and
 * where its message has become part of a text.
 * @param program name of the process, on every line
 * @param level least severe level that is written
 * @param destination standard output by default
 */
export function createLogger(program: string, level = 'info', destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    name: program,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: serializeError },
    formatters: { log: (fields) => cleanFields(fields, deepest) },
    hooks: {
      logMethod(given, log) {
        log.apply(this, withCleanMessage(given) as typeof given);
      },
    },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
  };
  const logger = destination ? pino(options, destination) : pino(options);
  reportCaughtTo((where, error) => logger.error({ err: error, where }, 'an error was caught'));
  return logger;
}

/** Of an error that is logged without words, pino would take the message as it is. */
function withCleanMessage(given: readonly unknown[]): unknown[] {
  const cleaned = given.map((part) => (typeof part === 'string' ? withoutValues(part) : part));
  const [first] = given;
  const error = first instanceof Error ? first : (first as { err?: unknown } | null | undefined)?.err;
  return given.length === 1 && error instanceof Error ? [first, messageOf(error)] : cleaned;
}

function cleanFields(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clean(value, depth)]));
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutValues(value);
  if (value instanceof Error) return serializeError(value);
  if (typeof value !== 'object' || value === null || depth === 0) return value;
  if (Array.isArray(value)) return value.map((one) => clean(one, depth - 1));
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  return isPlain ? cleanFields(value, depth - 1) : value;
}
