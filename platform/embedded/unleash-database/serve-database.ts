import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Serves a folder's PostgreSQL database at a Unix socket; makes the database when the folder is empty.
 * @param socket only its folder's owner can reach it: the database itself asks for no password
 * @returns closes both, with everything written
 */
export async function serveDatabase(folder: string, socket: string): Promise<() => Promise<void>> {
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  rmSync(socket, { force: true });
  const db = await PGlite.create(folder);
  const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 20 });
  await server.start();
  return async () => {
    await server.stop();
    await db.close();
  };
}
