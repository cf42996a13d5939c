import { AppError } from '#platform/errors/app-error.js';

/** MySQL's and MariaDB's error numbers for what a repetition can mend, or what is nobody's fault. */
const deadlock = 1213;
const lockWaitTimeout = 1205;
const lockNotAvailable = 3572;
const duplicate = 1062;
const missingValue = 1048;
/** `read_only` is set (two numbers); disk full, table full, a file that can't be written to. */
const noWritesNow = [1290, 1836, 1021, 1114, 1026];

function errnoOf(error: unknown): number | undefined {
  const { errno, original, parent } = (error ?? {}) as {
    errno?: number;
    original?: unknown;
    parent?: unknown;
  };
  return errno ?? (original === undefined && parent === undefined ? undefined : errnoOf(original ?? parent));
}

/** The server chose this transaction to break a deadlock: it is rolled back, and may be run again. */
export function isDeadlock(error: unknown): boolean {
  return errnoOf(error) === deadlock;
}

/**
 * A deadlock that the server can't see, since one of the transactions waits in our code: as one that it has broken, it
 * ends with the transaction rolled back and run again.
 */
export function unseenDeadlock(cause: unknown): Error {
  return Object.assign(new Error('two transactions of one request wait for each other', { cause }), {
    errno: deadlock,
  });
}

/**
 * A row is locked by somebody else: at once after NOWAIT (MariaDB has no number of its own for that), else after the wait.
 * A lock on the whole table, such as that of a backup, has the same number.
 */
export function isLocked(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === lockWaitTimeout || errno === lockNotAvailable;
}

/** A row with the same key is there already. */
export function isDuplicate(error: unknown): boolean {
  return errnoOf(error) === duplicate;
}

/** A column that must have a value was given none. */
export function isMissingValue(error: unknown): boolean {
  return errnoOf(error) === missingValue;
}

/** The server takes no writes for now: it is read-only, or its disk is full. */
export function takesNoWrites(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && noWritesNow.includes(errno);
}

/** No connection, a lost one, or none free in time. */
export function isConnectionLoss(error: unknown): boolean {
  const { name, original, code, fatal } = (error ?? {}) as {
    name?: string;
    original?: unknown;
    code?: string;
    /** The driver's word: the connection is of no use any more. */
    fatal?: boolean;
  };
  if (fatal === true) return true;
  if (name?.startsWith('SequelizeConnection') || name?.startsWith('SequelizeHost')) return true;
  if (code && /^(ECONN|EPIPE|ETIMEDOUT|PROTOCOL_|ER_SERVER_SHUTDOWN)/.test(code)) return true;
  return original !== undefined && isConnectionLoss(original);
}

/**
 * Says in the contract's words what a database error means to a client.
 * @param program who is unavailable, as a person would call it
 */
export function toAppError(program: string, error: unknown): unknown {
  if (isLocked(error) || isDeadlock(error)) {
    return new AppError(
      'unavailable',
      `${program} is busy with the same rows, or its tables are locked: try again`,
      {
        cause: error,
        retryAfter: 1,
      },
    );
  }
  if (takesNoWrites(error)) {
    return new AppError('unavailable', `${program} takes no writes for now: its database refuses them`, {
      cause: error,
      retryAfter: 5,
    });
  }
  if (isConnectionLoss(error)) {
    return new AppError('unavailable', `${program} is unavailable: its database does not answer`, {
      cause: error,
      retryAfter: 2,
    });
  }
  return error;
}
