import { createHash } from 'node:crypto';
import { type Connection, selectRows } from '../database/connect-mysql.js';
import { tryLock } from '../database/named-lock.js';

/** Above what people give to their servers, below the largest that the protocol takes. */
const lowest = 1_000_000_000;
const range = 3_000_000_000;
const attempts = 16;

/** Ids that this reader would take, best first: the same at every start, so that it is known in lists of connections. */
function candidateServerIds(reader: string): number[] {
  const seed = createHash('sha256').update(reader).digest().readUInt32BE(0);
  return Array.from({ length: attempts }, (_, attempt) => lowest + ((seed + attempt) % range));
}

/**
 * Picks the id under which a reader follows the log. The server throws out the older of two readers with one id,
 * so each id is held by a named lock for as long as the connection lives.
 * @param reader name that is unique to this reader
 */
export async function chooseServerId(connection: Connection, reader: string): Promise<number> {
  const [own] = await selectRows<{ id: number }>(connection, 'SELECT @@GLOBAL.server_id AS id');
  for (const id of candidateServerIds(reader)) {
    if (id !== own?.id && (await tryLock(connection, `server-id ${id}`))) return id;
  }
  throw new Error(`no free server id for ${reader} among ${attempts}: end the captures that run twice`);
}
