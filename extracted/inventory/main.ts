import closeWithGrace from 'close-with-grace';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/database/migrate-schema.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { inventoryMigrations } from '../../migrations/schema/inventory/index.js';
import { readInventoryConfig } from './config.js';
import { createInventoryService } from './create-inventory-service.js';

const config = readInventoryConfig(process.env);
const logger = createLogger('inventory', config.LOG_LEVEL);
const database = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL);
const registry = new Registry();
collectDefaultMetrics({ register: registry });
await migrateSchema(database, inventoryMigrations, logger);
const app = createInventoryService({ database, logger, registry });
const server = await serveHttp(app, config.HOST, config.PORT);
logger.info({ port: server.port }, 'inventory is listening');

closeWithGrace({ delay: 15_000, logger }, async () => {
  await server.close();
  await database.close();
});
