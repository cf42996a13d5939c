import { runImport } from '../run-import.js';

// A process of its own, for tests that kill it: `node import-in-child.ts FILE MYSQL_URL`.
const [file = '', mysqlUrl = ''] = process.argv.slice(2);
await runImport({ file, mysqlUrl });
