import { setTimeout as sleep } from 'node:timers/promises';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { guardLocal } from '#platform/http/refuse-foreign.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { endWithGrace } from '#platform/program/end-with-grace.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { readProviderSandboxConfig } from './config.js';
import { createProviderSandbox } from './create-provider-sandbox.js';
import { providerMigrations } from './migrations/index.js';

const config = readProviderSandboxConfig(process.env);
const logger = createLogger('provider-sandbox', config.LOG_LEVEL);
const database = connectDatabase(config.MYSQL_URL);
await migrateSchema(database, providerMigrations, logger);
const ending = new AbortController();
const sandbox = createProviderSandbox({
  database,
  logger,
  untilLate: () => sleep(config.LATE_CAPTURE_MS, undefined, { signal: ending.signal }),
});
const server = await serveHttp(guardLocal(sandbox, config.HOST), config.HOST, config.PORT);
logger.info({ port: server.port }, 'provider sandbox is listening');

endWithGrace(logger, async () => {
  ending.abort();
  await server.close();
  await database.close();
});
