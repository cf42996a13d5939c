import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/** Stands in for the image of PostgreSQL: the same database as `npm start` has, on the port of a server. */
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: postgres FOLDER');
const db = await PGlite.create(folder);
await new PGLiteSocketServer({ db, host: '0.0.0.0', port: 5432, maxConnections: 20 }).start();
