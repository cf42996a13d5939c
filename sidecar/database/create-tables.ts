import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#platform/telemetry/logger.js';
import { backOff } from '../pace/back-off.js';
import { connectMysql, exactOptions } from './connect-mysql.js';
import { tryLock } from './named-lock.js';

/**
 * Makes the sidecar's own tables where they are missing. Instances that start together take turns.
 * @param statements each may run any number of times; a column that is added may be there already
 */
export async function createTables(url: string, statements: readonly string[]): Promise<void> {
  const connection = await connectMysql(url);
  try {
    while (!(await tryLock(connection, `tables of ${exactOptions(url).database}`))) await sleep(100);
    for (const statement of statements) await connection.query(statement).catch(unlessThere);
  } finally {
    connection.destroy();
  }
}

const columnIsThere = 1060;

function unlessThere(error: unknown): void {
  if ((error as { errno?: number }).errno !== columnIsThere) throw error;
}

/** The same, as soon as the database is there and lets us. */
export async function createTablesWhenPossible(
  url: string,
  statements: readonly string[],
  logger: Logger,
): Promise<void> {
  const delay = backOff();
  for (;;) {
    try {
      return await createTables(url, statements);
    } catch (error) {
      logger.warn({ err: error }, "the sidecar's tables can't be made yet, trying again");
      await sleep(delay.next());
    }
  }
}
