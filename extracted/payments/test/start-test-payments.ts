import type { Express } from 'express';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { linkNats } from '#platform/messaging/link-nats.js';
import { serveRequests } from '#platform/messaging/serve-requests.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { paymentsMigrations } from '../../../migrations/schema/payments/index.js';
import { patientProvider, timeOfPauses } from '../../../tests/support/patient-provider.js';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { wideDatabase, wideMs } from '../../../tests/support/wide-limits.js';
import { httpPaymentProvider } from '../adapters/http-payment-provider.js';
import { createPaymentsService } from '../create-payments-service.js';

export interface TestPayments {
  app: Express;
  database: Sequelize;
  /** For further programs on the same schema. */
  databaseUrl: string;
  /** Answers nothing over NATS any more, as if it had ended. */
  disconnect(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestPaymentsOptions {
  /** Address of the card provider; nobody is there unless a test says so. */
  providersUrl?: string;
  /** Where questions are answered; nowhere unless a test says so. */
  natsUrl?: string;
  /** A schema that exists already; it is left alone at the end. */
  databaseUrl?: string;
  recoverAfterMs?: number;
  /** When a charge that the provider never answers is given up: soon, unless a test says when. */
  timeoutMs?: number;
  /** Owns nothing, as before the first hand-over. */
  released?: boolean;
  /** Answers requests, and does nothing between them. */
  idle?: boolean;
}

const nobody = 'http://127.0.0.1:9';

/** The real payments service on a schema of its own, of which it owns every bucket. */
export async function startTestPayments(options: TestPaymentsOptions = {}): Promise<TestPayments> {
  const { providersUrl = nobody, natsUrl, timeoutMs, recoverAfterMs = wideMs } = options;
  const schema = options.databaseUrl === undefined ? await createTestDatabase('payments') : undefined;
  const databaseUrl = options.databaseUrl ?? schema!.url;
  const database = connectDatabase(databaseUrl, 20, wideDatabase);
  const own = connectDatabase(databaseUrl, 20, wideDatabase);
  const logger = createLogger('payments', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  await migrateSchema(database, paymentsMigrations, logger);
  if (schema && !options.released) {
    await database.query("UPDATE payments_ownership SET state = 'owned', epoch = 2");
  }
  const service = createPaymentsService({
    ...{ database, own, logger, recoverAfterMs, recoverEveryMs: 200 },
    ...{ timeoutMs: 400, startStopwatch: timeOfPauses },
    provider: patientProvider((ms) => httpPaymentProvider(providersUrl, ms), timeoutMs),
    registry: new Registry(),
  });
  let stopAnswering: (() => Promise<void>) | undefined;
  const link =
    natsUrl === undefined
      ? undefined
      : linkNats('payments', natsUrl, logger, async (nats) => {
          stopAnswering = await serveRequests(nats, service.requests);
        });
  if (link) await until('questions are answered', () => stopAnswering !== undefined);
  if (!options.idle) for (const task of service.work) task.start();
  return {
    app: service.app,
    database,
    databaseUrl,
    disconnect: async () => {
      await stopAnswering?.();
      await link?.close();
    },
    stop: async () => {
      await stopAnswering?.();
      await Promise.all(service.work.map((task) => task.stop()));
      await link?.close();
      await Promise.all([database.close(), own.close()]);
      await schema?.drop();
    },
  };
}
