import closeWithGrace from 'close-with-grace';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { monolithMigrations } from '../migrations/schema/monolith/index.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/database/migrate-schema.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { readMonolithConfig } from './config.js';
import { createMonolith } from './create-monolith.js';
import { emailSender, smsSender } from './modules/notifications/index.js';
import { httpPaymentProvider } from './modules/payments/index.js';

const config = readMonolithConfig(process.env);
const logger = createLogger('monolith', config.LOG_LEVEL);
const database = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL);
/** Few connections do: each is held for one statement. */
const attempts = connectDatabase(config.MYSQL_URL, 4);
const registry = new Registry();
collectDefaultMetrics({ register: registry });
await migrateSchema(database, monolithMigrations, logger);
const monolith = createMonolith({
  database,
  logger,
  registry,
  signingKey: config.INTERNAL_SIGNING_KEY,
  payments: {
    provider: httpPaymentProvider(config.PAYMENT_PROVIDER_URL, config.PAYMENT_TIMEOUT_MS),
    attempts,
    timeoutMs: config.PAYMENT_TIMEOUT_MS,
  },
  senders: {
    email: emailSender(config.SMTP_URL, config.MAIL_FROM),
    sms: smsSender(config.SMS_PROVIDER_URL),
  },
  recoverPaymentsAfterMs: config.PAYMENT_RECOVERY_AFTER_MS,
});
const server = await serveHttp(monolith.app, config.HOST, config.PORT);
monolith.startWork();
logger.info({ port: server.port }, 'monolith is listening');

closeWithGrace({ delay: 15_000, logger }, async () => {
  await server.close();
  await monolith.stopWork();
  await Promise.all([database.close(), attempts.close()]);
});
