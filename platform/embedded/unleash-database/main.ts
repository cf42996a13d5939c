import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

const [folder, socket] = process.argv.slice(2);
if (folder === undefined || socket === undefined) throw new Error('usage: unleash-database FOLDER SOCKET');

// Only the owner may pass this folder, and so reach the socket: the database itself asks for no password.
mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
rmSync(socket, { force: true });

const db = await PGlite.create(folder);
const server = new PGLiteSocketServer({ db, path: socket, maxConnections: 20 });
await server.start();

process.once('SIGTERM', () => void close());

async function close(): Promise<void> {
  await server.stop();
  await db.close();
  process.exit(0);
}
