import { fileURLToPath } from 'node:url';
import { importSampleWhenEmpty } from '../../legacy-monolith/import/import-sample.js';
import { readSampleCatalogueConfig } from './config.js';

// Gives a shop that has no products a few, so that there is something to buy, then ends.
const root = fileURLToPath(new URL('../../../', import.meta.url));
const { MYSQL_URL } = readSampleCatalogueConfig(process.env);
const summary = await importSampleWhenEmpty({ root, mysqlUrl: MYSQL_URL });
console.log(
  summary === undefined
    ? 'the shop has products already'
    : `the shop was empty; it has ${summary.products.added} products and ${summary.orders.added} orders now`,
);
