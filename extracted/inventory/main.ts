import { collectDefaultMetrics, Registry } from 'prom-client';
import { requestServers } from '#contracts/shop/request-servers.js';
import { shortestWait } from '#platform/config/patience.js';
import { connectDatabase, databaseLimits } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { reportGrowth } from '#platform/growth/report-growth.js';
import { tablesOf } from '#platform/growth/tables-of-program.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { openAsker } from '#platform/messaging/open-asker.js';
import { serveRequests } from '#platform/messaging/serve-requests.js';
import { endWithGraceFromStart } from '#platform/program/end-with-grace.js';
import { createShields } from '#platform/resilience/shields.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { inventoryMigrations } from '../../migrations/schema/inventory/index.js';
import { inventoryStores } from '../../migrations/schema/inventory/stores.js';
import { askCatalogue } from './adapters/catalogue-requests.js';
import { readInventoryConfig } from './config.js';
import { createInventoryService } from './create-inventory-service.js';

const config = readInventoryConfig(process.env);
const logger = createLogger('inventory', config.LOG_LEVEL);
const whenItEnds = endWithGraceFromStart(logger);
const waits = databaseLimits(config.PATIENCE);
const database = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL, waits);
const registry = new Registry();
collectDefaultMetrics({ register: registry });
await migrateSchema(database, inventoryMigrations, logger);
const growth = reportGrowth({
  ...{ program: 'inventory', registry, logger },
  looks: [tablesOf('inventory', database, inventoryStores)],
});
let stopAnswering = async () => {};
const link = linkNats('inventory', config.NATS_URL, logger, async (nats) => {
  stopAnswering = await serveRequests(nats, service.requests);
  growth.answerOver(nats);
});
const shields = createShields({ logger, registry, patience: config.PATIENCE });
const asker = openAsker(
  link,
  shields,
  [requestServers.monolith],
  shortestWait(config.PATIENCE, config.MIN_REQUEST_TIMEOUT_MS),
);
const service = createInventoryService({
  ...{ database, logger, registry },
  productExists: askCatalogue(asker.ask),
});
const server = await serveHttp(service.app, config.HOST, config.PORT);
service.forgetting.start();
logger.info({ port: server.port }, 'inventory is listening');

whenItEnds(async () => {
  await Promise.all([server.close(), stopAnswering()]);
  await service.forgetting.stop();
  asker.close();
  shields.close();
  await growth.stop();
  await link.close();
  await database.close();
});
