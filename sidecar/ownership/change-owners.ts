import { type Connection, connectMysql } from '../database/connect-mysql.js';

/** Seconds after which the server itself takes back what a sidecar that hangs has locked. */
const abandonedAfter = 3;
/**
 * How long a change begins to try to get its locks, in milliseconds. One wait more than that still has to end before those
 * who ask lose their patience.
 */
const patience = 900;

const lockTimeout = 1205;
const deadlock = 1213;

/**
 * Opens a connection for changes of ownership rows. No lock is waited for longer than a second, and locks that are held
 * while nothing comes are given up: writers wait behind them.
 */
export async function connectToChange(url: string): Promise<Connection> {
  const connection = await connectMysql(url);
  try {
    await connection.query(
      `SET SESSION innodb_lock_wait_timeout = 1, lock_wait_timeout = 1, wait_timeout = ${abandonedAfter}`,
    );
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** Whether others held what was wanted: the same may work a moment later. */
export function isContention(error: unknown): boolean {
  const { errno } = (error ?? {}) as { errno?: number };
  return errno === lockTimeout || errno === deadlock;
}

/**
 * Runs a change in one transaction, again for as long as others hold the rows and patience lasts.
 * @returns undefined when it did not get them in time: then nothing has changed
 */
export async function changeOwners<Result>(
  url: string,
  change: (connection: Connection) => Promise<Result>,
): Promise<Result | undefined> {
  const deadline = Date.now() + patience;
  const connection = await connectToChange(url);
  try {
    let result: Result | undefined;
    while (result === undefined && Date.now() < deadline) result = await tryOnce(connection, change);
    return result;
  } finally {
    connection.destroy();
  }
}

async function tryOnce<Result>(
  connection: Connection,
  change: (connection: Connection) => Promise<Result>,
): Promise<Result | undefined> {
  try {
    await connection.beginTransaction();
    const result = await change(connection);
    await connection.commit();
    return result;
  } catch (error) {
    if (!isContention(error)) throw error;
    await connection.rollback();
    return undefined;
  }
}
