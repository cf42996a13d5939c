import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connectMysql } from './connect-mysql.js';
import { tryLock } from './named-lock.js';

/**
 * Makes the sidecar's own tables where they are missing. Instances that start together take turns.
 * @param statements each may run any number of times
 */
export async function createTables(url: string, statements: readonly string[]): Promise<void> {
  const connection = await connectMysql(url);
  try {
    const schema = await currentSchema(connection);
    while (!(await tryLock(connection, `tables of ${schema}`))) await sleep(100);
    for (const statement of statements) await connection.query(statement);
  } finally {
    connection.destroy();
  }
}

async function currentSchema(connection: Connection): Promise<string> {
  const [rows] = await connection.query('SELECT DATABASE() AS name');
  return (rows as { name: string }[])[0]?.name ?? '';
}
