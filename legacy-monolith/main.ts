import closeWithGrace from 'close-with-grace';
import { monolithMigrations } from '../migrations/schema/monolith/index.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/database/migrate-schema.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { readMonolithConfig } from './config.js';
import { createMonolith } from './create-monolith.js';

const config = readMonolithConfig(process.env);
const logger = createLogger('monolith', config.LOG_LEVEL);
const database = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL);
await migrateSchema(database, monolithMigrations, logger);
const server = await serveHttp(createMonolith({ database, logger }), config.HOST, config.PORT);
logger.info({ port: server.port }, 'monolith is listening');

closeWithGrace({ delay: 15_000, logger }, async () => {
  await server.close();
  await database.close();
});
