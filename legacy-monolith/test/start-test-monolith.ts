import type { Express } from 'express';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import { connectDatabase, type DatabaseLimits } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { emailSender, type MailLimits } from '#platform/mail/send-email.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { serveRequests } from '#platform/messaging/serve-requests.js';
import { createShields } from '#platform/resilience/shields.js';
import { followRetirement } from '#platform/retirement/follow-retirement.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { monolithMigrations } from '../../migrations/schema/monolith/index.js';
import { patientProvider, timeOfPauses } from '../../tests/support/patient-provider.js';
import { createTestDatabase, testServers } from '../../tests/support/servers.js';
import { wideDatabase, wideMs, wideShields } from '../../tests/support/wide-limits.js';
import { until } from '../../tests/support/until.js';
import { createMonolith } from '../create-monolith.js';
import { smsSender } from '../modules/notifications/index.js';
import { httpPaymentProvider } from '../modules/payments/index.js';

export interface TestMonolith {
  app: Express;
  database: Sequelize;
  /** For further programs on the same schema. */
  databaseUrl: string;
  stop(): Promise<void>;
}

export interface TestMonolithOptions {
  /** Address of the card and SMS providers; nobody is there unless a test says so. */
  providersUrl?: string;
  smtpUrl?: string;
  mailLimits?: MailLimits;
  /** A schema that exists already; it is left alone at the end. */
  databaseUrl?: string;
  recoverPaymentsAfterMs?: number;
  /** What gateways sign ids with; without it the monolith chooses them all. */
  signingKey?: string;
  /** When a charge that the provider never answers is given up: soon, unless a test says when. */
  paymentTimeoutMs?: number;
  ownerTimeoutMs?: number;
  recoverStockAfterMs?: number;
  /** Where the services are asked, and the catalogue answers; nowhere unless a test says so. */
  natsUrl?: string;
  clock?: () => Date;
  databaseLimits?: DatabaseLimits;
  /** Answers requests, and does nothing between them. */
  idle?: boolean;
}

const nobody = 'http://127.0.0.1:9';

/** The real monolith on a schema of its own, sending and recovering in the background. */
export async function startTestMonolith(options: TestMonolithOptions = {}): Promise<TestMonolith> {
  const { providersUrl = nobody, smtpUrl = testServers().smtpUrl } = options;
  const { recoverPaymentsAfterMs = wideMs, recoverStockAfterMs = wideMs, ownerTimeoutMs = wideMs } = options;
  const { natsUrl, clock } = options;
  const schema = options.databaseUrl ? undefined : await createTestDatabase('shop');
  const databaseUrl = options.databaseUrl ?? schema!.url;
  const database = connectDatabase(databaseUrl, 20, options.databaseLimits ?? wideDatabase);
  const own = connectDatabase(databaseUrl, 4, wideDatabase);
  const logger = createLogger('monolith', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  await migrateSchema(database, monolithMigrations, logger);
  const provider = patientProvider((ms) => httpPaymentProvider(providersUrl, ms), options.paymentTimeoutMs);
  const retirement = await followRetirement(own, uuidv7(), logger);
  let stopAnswering = async () => {};
  const link =
    natsUrl === undefined
      ? undefined
      : linkNats('monolith', natsUrl, logger, async (nats) => {
          stopAnswering = await serveRequests(nats, monolith.requests);
        });
  const registry = new Registry();
  const shields = createShields({ logger, registry, limits: wideShields });
  const monolith = createMonolith({
    ...{ database, own, logger, link, shields, registry, recoverStockAfterMs, retirement },
    ...(clock ? { clock } : {}),
    payments: { provider, timeoutMs: 400, startStopwatch: timeOfPauses },
    ...{ ownerTimeoutMs, minRequestTimeoutMs: wideMs },
    senders: {
      email: emailSender(smtpUrl, 'Shop <orders@shop.example>', options.mailLimits),
      sms: smsSender(providersUrl),
    },
    ...{ recoverPaymentsAfterMs, recoverEveryMs: 200 },
    signingKey: options.signingKey,
  });
  if (link) await until(async () => link.connection() !== undefined);
  if (!options.idle) monolith.startWork();
  return {
    app: monolith.app,
    database,
    databaseUrl,
    stop: async () => {
      await stopAnswering();
      await monolith.stopWork();
      shields.close();
      await link?.close();
      await Promise.all([database.close(), own.close()]);
      await schema?.drop();
    },
  };
}
