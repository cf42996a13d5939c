import { CaptureStopped } from './capture-error.js';

const purged =
  /purged|not in the master's binlog|not in the source's binlog|could not find|could not open log file/i;
const undecodable = /TRANSACTION_PAYLOAD_EVENT|PARTIAL_UPDATE_ROWS_EVENT/;
const forbidden = new Set([1045, 1227]);

/**
 * Tells the errors that a repetition can't mend from those that it can.
 * @returns a CaptureStopped for the former, the error itself for the latter
 */
export function explainReadingError(error: unknown, capability: string): unknown {
  if (error instanceof CaptureStopped) return error;
  const { message = '', errno } = (error ?? {}) as { message?: string; errno?: number };
  if (purged.test(message)) {
    return new CaptureStopped(
      'position_unavailable',
      `the database's log no longer has what the replica needs (${message}): ` +
        `fill the replica anew (backfill ${capability} with a new chain), and keep the log for longer`,
      error,
    );
  }
  if (undecodable.test(message)) return new CaptureStopped('source_settings', message, error);
  if (errno !== undefined && forbidden.has(errno)) {
    return new CaptureStopped(
      'source_settings',
      `the account may not read the log (${message}): GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO this account`,
      error,
    );
  }
  return error;
}
