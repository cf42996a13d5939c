import { type DestinationStream, type Logger, pino } from 'pino';
import { reportCaughtTo } from './guarded.js';
import { serializeError } from './serialize-error.js';

export type { Logger };

/** Values that must never reach a log, wherever a caller puts them. */
const secrets = ['authorization', 'cookie', 'password', 'token', 'secret'];

/**
 * A process's logger: one JSON object a line. Errors of timers and listeners are reported to it. Of errors only what tells
 * where they come from is written, never the values that a statement was about.
 * @param program name of the process, on every line
 * @param level least severe level that is written
 * @param destination standard output by default
 */
export function createLogger(program: string, level = 'info', destination?: DestinationStream): Logger {
  const options = {
    name: program,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: serializeError, error: serializeError, reason: serializeError },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
  };
  const logger = destination ? pino(options, destination) : pino(options);
  reportCaughtTo((where, error) => logger.error({ err: error, where }, 'an error was caught'));
  return logger;
}
