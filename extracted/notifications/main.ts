import { collectDefaultMetrics, Registry } from 'prom-client';
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
import { notificationsMigrations } from '../../migrations/schema/notifications/index.js';
import { notificationsStores } from '../../migrations/schema/notifications/stores.js';
import { smsSender } from './adapters/send-sms.js';
import { shieldSender } from './adapters/shield-sender.js';
import { readNotificationsConfig } from './config.js';
import { createNotificationsService } from './create-notifications-service.js';

const config = readNotificationsConfig(process.env);
const logger = createLogger('notifications', config.LOG_LEVEL);
const whenItEnds = endWithGraceFromStart(logger);
const waits = databaseLimits(config.PATIENCE);
const database = connectDatabase(config.MYSQL_URL, config.MYSQL_POOL, waits);
const registry = new Registry();
collectDefaultMetrics({ register: registry });
await migrateSchema(database, notificationsMigrations, logger);
const growth = reportGrowth({
  ...{ program: 'notifications', registry, logger },
  looks: [tablesOf('notifications', database, notificationsStores)],
});
let stopAnswering = async () => {};
const link = linkNats('notifications', config.NATS_URL, logger, async (nats) => {
  stopAnswering = await serveRequests(nats, service.requests);
  growth.answerOver(nats);
});
const shields = createShields({ logger, registry, patience: config.PATIENCE });
const service = createNotificationsService({
  ...{ database, logger, registry },
  senders: {
    email: shieldSender(emailSender(config.SMTP_URL, config.MAIL_FROM), shields.before('smtp')),
    sms: shieldSender(smsSender(config.SMS_PROVIDER_URL), shields.before('sms-provider')),
  },
  signingKey: config.INTERNAL_SIGNING_KEY,
});
const server = await serveHttp(service.app, config.HOST, config.PORT);
for (const task of service.work) task.start();
logger.info({ port: server.port }, 'notifications is listening');

whenItEnds(async () => {
  await Promise.all([server.close(), stopAnswering()]);
  await service.stopWork();
  shields.close();
  await growth.stop();
  await link.close();
  await database.close();
});
