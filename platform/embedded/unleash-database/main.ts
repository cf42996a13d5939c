import { serveDatabase } from './serve-database.js';

const [folder, socket] = process.argv.slice(2);
if (folder === undefined || socket === undefined) throw new Error('usage: unleash-database FOLDER SOCKET');

const close = await serveDatabase(folder, socket);
process.once('SIGTERM', () => void close().then(() => process.exit(0)));
