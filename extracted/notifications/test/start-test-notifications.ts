import type { Express } from 'express';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { emailSender, type MailLimits } from '#platform/mail/send-email.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { serveRequests } from '#platform/messaging/serve-requests.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { notificationsMigrations } from '../../../migrations/schema/notifications/index.js';
import { createTestDatabase, testServers } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { smsSender } from '../adapters/send-sms.js';
import { createNotificationsService } from '../create-notifications-service.js';
import type { Senders } from '../use-cases/message-sender.js';
import { wideDatabase } from '../../../tests/support/wide-limits.js';

export interface TestNotifications {
  app: Express;
  database: Sequelize;
  /** For further programs on the same schema. */
  databaseUrl: string;
  stop(): Promise<void>;
}

export interface TestNotificationsOptions {
  /** Address of the SMS provider; nobody is there unless a test says so. */
  providersUrl?: string;
  smtpUrl?: string;
  mailLimits?: MailLimits;
  /** Instead of real ones. */
  senders?: Senders;
  /** Where questions are answered; nowhere unless a test says so. */
  natsUrl?: string;
  /** A schema that exists already; it is left alone at the end. */
  databaseUrl?: string;
  /** Owns nothing, as before the first hand-over. */
  released?: boolean;
  /** Answers requests, and does nothing between them. */
  idle?: boolean;
}

const nobody = 'http://127.0.0.1:9';

/** The real notifications service on a schema of its own, of which it owns every bucket. */
export async function startTestNotifications(
  options: TestNotificationsOptions = {},
): Promise<TestNotifications> {
  const { providersUrl = nobody, natsUrl, smtpUrl = testServers().smtpUrl } = options;
  const schema = options.databaseUrl === undefined ? await createTestDatabase('notifications') : undefined;
  const databaseUrl = options.databaseUrl ?? schema!.url;
  const database = connectDatabase(databaseUrl, 20, wideDatabase);
  const logger = createLogger('notifications', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  await migrateSchema(database, notificationsMigrations, logger);
  if (schema && !options.released) {
    await database.query("UPDATE notifications_ownership SET state = 'owned', epoch = 2");
  }
  const email = emailSender(smtpUrl, 'Shop <orders@shop.example>', options.mailLimits);
  const real = { email, sms: smsSender(providersUrl) };
  const service = createNotificationsService({
    ...{ database, logger, senders: options.senders ?? real, registry: new Registry() },
  });
  let stopAnswering: (() => Promise<void>) | undefined;
  const link =
    natsUrl === undefined
      ? undefined
      : linkNats('notifications', natsUrl, logger, async (nats) => {
          stopAnswering = await serveRequests(nats, service.requests);
        });
  if (link) await until('questions are answered', () => stopAnswering !== undefined);
  if (!options.idle) for (const task of service.work) task.start();
  return {
    app: service.app,
    database,
    databaseUrl,
    stop: async () => {
      await stopAnswering?.();
      await service.stopWork();
      await link?.close();
      await database.close();
      await schema?.drop();
    },
  };
}
