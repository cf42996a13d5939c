import type { Express } from 'express';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { connectDatabase, type DatabaseLimits } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { askService } from '#platform/messaging/ask-service.js';
import { linkNats, type NatsLink } from '#platform/messaging/link-nats.js';
import { serveRequests } from '#platform/messaging/serve-requests.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { inventoryMigrations } from '../../../migrations/schema/inventory/index.js';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { until } from '../../../tests/support/until.js';
import { wideDatabase, wideMs } from '../../../tests/support/wide-limits.js';
import { askCatalogue } from '../adapters/catalogue-requests.js';
import { createInventoryService } from '../create-inventory-service.js';

export interface TestInventory {
  app: Express;
  database: Sequelize;
  /** For further programs on the same schema. */
  databaseUrl: string;
  /** Answers nothing over NATS any more, as if it had ended; its schema stays. */
  disconnect(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestInventoryOptions {
  /** Where questions are answered, and the catalogue is asked; nowhere unless a test says so. */
  natsUrl?: string;
  /** A schema that exists already; it is left alone at the end. */
  databaseUrl?: string;
  clock?: () => Date;
  databaseLimits?: DatabaseLimits;
}

const noLink: NatsLink = { connection: () => undefined, close: async () => undefined };

/** The real inventory service on a schema of its own. */
export async function startTestInventory(options: TestInventoryOptions = {}): Promise<TestInventory> {
  const { natsUrl, clock } = options;
  const schema = options.databaseUrl === undefined ? await createTestDatabase('inventory') : undefined;
  const databaseUrl = options.databaseUrl ?? schema!.url;
  const database = connectDatabase(databaseUrl, 20, options.databaseLimits ?? wideDatabase);
  const logger = createLogger('inventory', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  await migrateSchema(database, inventoryMigrations, logger);
  let stopAnswering = async () => {};
  const link =
    natsUrl === undefined
      ? noLink
      : linkNats('inventory', natsUrl, logger, async (nats) => {
          stopAnswering = await serveRequests(nats, service.requests);
        });
  const service = createInventoryService({
    ...{
      database,
      logger,
      productExists: askCatalogue((endpoint, request) => askService(link, endpoint, request, wideMs)),
      registry: new Registry(),
    },
    ...(clock ? { clock } : {}),
  });
  if (natsUrl !== undefined) await until('NATS is there', () => link.connection() !== undefined);
  const disconnect = async () => {
    await stopAnswering();
    await link.close();
  };
  return {
    app: service.app,
    database,
    databaseUrl,
    disconnect,
    stop: async () => {
      await disconnect();
      await database.close();
      await schema?.drop();
    },
  };
}
