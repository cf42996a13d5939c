import { collectDefaultMetrics, Registry } from 'prom-client';
import { requestServers } from '#contracts/shop/request-servers.js';
import { shortestWait } from '#platform/config/patience.js';
import { connectDatabase, databaseLimits } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { consumersOf } from '#platform/growth/measure-events.js';
import { reportGrowth } from '#platform/growth/report-growth.js';
import { tablesOf } from '#platform/growth/tables-of-program.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { openAsker } from '#platform/messaging/open-asker.js';
import { endWithGraceFromStart } from '#platform/program/end-with-grace.js';
import { createShields } from '#platform/resilience/shields.js';
import { runProjections } from '#platform/projections/run-projections.js';
import { checkSagaKeys } from '#platform/saga/check-saga-keys.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { ordersMigrations } from '../../migrations/schema/orders/index.js';
import { ordersStores } from '../../migrations/schema/orders/stores.js';
import { orderProjections } from './order-projections.js';
import { participantsOverNats } from './adapters/participants-over-nats.js';
import { elsewhereOver } from './adapters/read-elsewhere.js';
import { readOrdersConfig } from './config.js';
import { createOrdersService } from './create-orders-service.js';
import { orderViewsName } from './use-cases/order-views.js';
import { orderTrackingName } from './use-cases/track-orders.js';

const config = readOrdersConfig(process.env);
const logger = createLogger('orders', config.LOG_LEVEL);
const whenItEnds = endWithGraceFromStart(logger);
const waits = databaseLimits(config.PATIENCE);
const database = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL, waits);
const registry = new Registry();
collectDefaultMetrics({ register: registry });
await migrateSchema(database, ordersMigrations, logger);
await checkSagaKeys(database, config.DATA_KEYS, 'DATA_KEYS');
// For each projection one is held while this instance follows events, and one while it builds.
const own = connectDatabase(config.MYSQL_URL, 4, waits);
let stopFollowing = async () => {};
const link = linkNats('orders', config.NATS_URL, logger, async (nats) => {
  const projections = orderProjections(database, elsewhereOver(link));
  stopFollowing = runProjections({
    ...{ program: 'orders', database, own, nats, projections, logger, registry },
  });
  growth.answerOver(nats);
});
const growth = reportGrowth({
  ...{ program: 'orders', registry, logger },
  looks: [
    tablesOf('orders', database, ordersStores),
    consumersOf(() => link.connection(), database, [orderViewsName, orderTrackingName]),
  ],
});
const shields = createShields({ logger, registry, patience: config.PATIENCE });
const asker = openAsker(
  link,
  shields,
  Object.values(requestServers),
  shortestWait(config.PATIENCE, config.MIN_REQUEST_TIMEOUT_MS),
);
const service = createOrdersService({
  ...{ database, logger, registry },
  participants: participantsOverNats(asker.ask),
  dataKeys: config.DATA_KEYS,
  signingKey: config.INTERNAL_SIGNING_KEY,
  projectionWaitMs: config.PROJECTION_WAIT_MS,
  patience: config.PATIENCE,
});
const server = await serveHttp(service.app, config.HOST, config.PORT);
service.startWork();
logger.info({ port: server.port }, 'orders is listening');

whenItEnds(async () => {
  await server.close();
  await Promise.all([service.stopWork(), stopFollowing(), growth.stop()]);
  asker.close();
  shields.close();
  await link.close();
  await Promise.all([database.close(), own.close()]);
});
