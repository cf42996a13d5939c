import type { Row } from '#contracts/strangler/move.js';
import { messageOf } from '#platform/telemetry/message-of.js';

/** A row that the replica's database refused. */
export class RowRefused extends Error {
  readonly table: string;
  readonly row: Row;

  constructor(table: string, row: Row, cause: unknown) {
    super(`${table} refused a row: ${messageOf(cause)}`, { cause });
    this.table = table;
    this.row = row;
  }
}

/** Whether a repetition, or another connection, can help: deadlock, lock wait, read-only, anything of the connection. */
export function isPassing(error: unknown): boolean {
  const { errno, code, fatal } = (error ?? {}) as { errno?: number; code?: string; fatal?: boolean };
  const passing = new Set([1205, 1213, 1290, 1317, 1836, 1053, 1927, 3024, 3572, 1969]);
  return (
    fatal === true ||
    (errno !== undefined && passing.has(errno)) ||
    /^(ECONN|EPIPE|ETIMEDOUT|PROTOCOL_)/.test(code ?? '')
  );
}

/** The database has ended a transaction so that another can go on: the same may be tried at once. */
export function isDeadlock(error: unknown): boolean {
  return ((error ?? {}) as { errno?: number }).errno === 1213;
}
