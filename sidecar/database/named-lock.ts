import { createHash } from 'node:crypto';
import { type Connection, selectRows } from './connect-mysql.js';

/**
 * Takes a lock that belongs to this connection, without waiting. It is the server's, not the schema's: the purpose
 * has to name the schema where it matters.
 * @param purpose what only one may do at a time
 * @returns whether this connection holds the lock now
 */
export async function tryLock(connection: Connection, purpose: string): Promise<boolean> {
  // Names of locks end after 64 characters.
  const name = `strangler.${createHash('sha256').update(purpose).digest('hex').slice(0, 40)}`;
  const [row] = await selectRows<{ held: number | null }>(connection, 'SELECT GET_LOCK(?, 0) AS held', [
    name,
  ]);
  return row?.held === 1;
}
