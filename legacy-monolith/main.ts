import { collectDefaultMetrics, Registry } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { monolithMigrations } from '../migrations/schema/monolith/index.js';
import { monolithStores } from '../migrations/schema/monolith/stores.js';
import { shortestWait } from '#platform/config/patience.js';
import { connectDatabase, databaseLimits } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { reportGrowth } from '#platform/growth/report-growth.js';
import { tablesOf } from '#platform/growth/tables-of-program.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { emailSender } from '#platform/mail/send-email.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { serveRequests } from '#platform/messaging/serve-requests.js';
import { endWithGraceFromStart } from '#platform/program/end-with-grace.js';
import { createShields } from '#platform/resilience/shields.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { followRetirement } from '#platform/retirement/follow-retirement.js';
import { readMonolithConfig } from './config.js';
import { createMonolith } from './create-monolith.js';
import { shieldSender, smsSender } from './modules/notifications/index.js';
import { httpPaymentProvider, shieldProvider } from './modules/payments/index.js';

const config = readMonolithConfig(process.env);
const logger = createLogger('monolith', config.LOG_LEVEL);
const whenItEnds = endWithGraceFromStart(logger);
const waits = databaseLimits(config.PATIENCE);
const database = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL, waits);
/** Few connections do: each is held for one statement. */
const own = connectDatabase(config.MYSQL_URL, 4, waits);
const registry = new Registry();
collectDefaultMetrics({ register: registry });
await migrateSchema(database, monolithMigrations, logger);
const retirement = await followRetirement(own, uuidv7(), logger);
const growth = reportGrowth({
  ...{ program: 'monolith', registry, logger },
  looks: [tablesOf('monolith', own, monolithStores)],
});
let stopAnswering = async () => {};
const link = config.NATS_URL
  ? linkNats('monolith', config.NATS_URL, logger, async (nats) => {
      stopAnswering = await serveRequests(nats, monolith.requests);
      growth.answerOver(nats);
    })
  : undefined;
const { PATIENCE: patience } = config;
/**
 * Orders wait for others while they hold a connection of the pool: one program that is slow may keep some of them, and
 * never all.
 */
const limits = { concurrent: Math.ceil(config.MYSQL_POOL * 0.4), wait: 300 };
const shields = createShields({ limits, logger, registry, patience });
const paymentTimeoutMs = config.PAYMENT_TIMEOUT_MS * patience;
const provider = httpPaymentProvider(config.PAYMENT_PROVIDER_URL, paymentTimeoutMs);
const monolith = createMonolith({
  ...{ database, own, logger, registry, shields, link, retirement },
  signingKey: config.INTERNAL_SIGNING_KEY,
  payments: {
    provider: shieldProvider(provider, shields.before('payment-provider')),
    timeoutMs: paymentTimeoutMs,
  },
  senders: {
    email: shieldSender(emailSender(config.SMTP_URL, config.MAIL_FROM), shields.before('smtp')),
    sms: shieldSender(smsSender(config.SMS_PROVIDER_URL), shields.before('sms-provider')),
  },
  minRequestTimeoutMs: shortestWait(patience, config.MIN_REQUEST_TIMEOUT_MS),
  ownerTimeoutMs: config.OWNER_TIMEOUT_MS * patience,
  recoverPaymentsAfterMs: config.PAYMENT_RECOVERY_AFTER_MS * patience,
  recoverStockAfterMs: config.STOCK_RECOVERY_AFTER_MS * patience,
});
const server = await serveHttp(monolith.app, config.HOST, config.PORT);
monolith.startWork();
logger.info({ port: server.port }, 'monolith is listening');

whenItEnds(async () => {
  await Promise.all([server.close(), stopAnswering()]);
  await monolith.stopWork();
  shields.close();
  await growth.stop();
  await link?.close();
  await Promise.all([database.close(), own.close()]);
});
