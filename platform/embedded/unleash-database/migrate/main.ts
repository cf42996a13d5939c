import { basename, dirname } from 'node:path';
import { migrateDb } from 'unleash-server';
import { serveDatabase } from '../serve-database.js';

const [folder, socket] = process.argv.slice(2);
if (folder === undefined || socket === undefined)
  throw new Error('usage: unleash-database/migrate FOLDER SOCKET');

const close = await serveDatabase(folder, socket);
const port = Number(/^\.s\.PGSQL\.(\d+)$/.exec(basename(socket))?.[1]);
await migrateDb({
  db: {
    driver: 'postgres',
    host: dirname(socket),
    port,
    user: 'postgres',
    password: 'unused',
    database: 'postgres',
    ssl: false,
    // The database is one session; see unleash-server.ts.
    pool: { min: 0, max: 1 },
    schema: 'public',
    disableMigration: false,
  },
});
await close();
process.exit(0);
