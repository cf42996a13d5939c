import { collectDefaultMetrics, Registry } from 'prom-client';
import { connectDatabase, databaseLimits } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { reportGrowth } from '#platform/growth/report-growth.js';
import { tablesOf } from '#platform/growth/tables-of-program.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { serveRequests } from '#platform/messaging/serve-requests.js';
import { endWithGraceFromStart } from '#platform/program/end-with-grace.js';
import { createShields } from '#platform/resilience/shields.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { paymentsMigrations } from '../../migrations/schema/payments/index.js';
import { paymentsStores } from '../../migrations/schema/payments/stores.js';
import { httpPaymentProvider } from './adapters/http-payment-provider.js';
import { shieldProvider } from './adapters/shield-provider.js';
import { readPaymentsConfig } from './config.js';
import { createPaymentsService } from './create-payments-service.js';

const config = readPaymentsConfig(process.env);
const logger = createLogger('payments', config.LOG_LEVEL);
const whenItEnds = endWithGraceFromStart(logger);
const waits = databaseLimits(config.PATIENCE);
const database = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL, waits);
const own = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL, waits);
const registry = new Registry();
collectDefaultMetrics({ register: registry });
await migrateSchema(database, paymentsMigrations, logger);
const growth = reportGrowth({
  ...{ program: 'payments', registry, logger },
  looks: [tablesOf('payments', database, paymentsStores)],
});
let stopAnswering = async () => {};
const link = linkNats('payments', config.NATS_URL, logger, async (nats) => {
  stopAnswering = await serveRequests(nats, service.requests);
  growth.answerOver(nats);
});
const shields = createShields({ logger, registry, patience: config.PATIENCE });
const timeoutMs = config.PAYMENT_TIMEOUT_MS * config.PATIENCE;
const provider = httpPaymentProvider(config.PAYMENT_PROVIDER_URL, timeoutMs);
const service = createPaymentsService({
  ...{ database, own, logger, registry },
  provider: shieldProvider(provider, shields.before('payment-provider')),
  timeoutMs,
  recoverAfterMs: config.PAYMENT_RECOVERY_AFTER_MS * config.PATIENCE,
  signingKey: config.INTERNAL_SIGNING_KEY,
});
const server = await serveHttp(service.app, config.HOST, config.PORT);
for (const task of service.work) task.start();
logger.info({ port: server.port }, 'payments is listening');

whenItEnds(async () => {
  await Promise.all([server.close(), stopAnswering()]);
  await Promise.all(service.work.map((task) => task.stop()));
  shields.close();
  await growth.stop();
  await link.close();
  await Promise.all([database.close(), own.close()]);
});
