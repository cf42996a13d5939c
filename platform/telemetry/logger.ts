import { type Logger, pino } from 'pino';

export type { Logger };

/** Values that must never reach a log, wherever a caller puts them. */
const secrets = ['authorization', 'cookie', 'password', 'token', 'secret'];

/**
 * A process's logger: one JSON object a line on standard output.
 * @param program name of the process, on every line
 * @param level least severe level that is written
 */
export function createLogger(program: string, level = 'info'): Logger {
  return pino({
    name: program,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
  });
}
