import type { Express } from 'express';
import { Registry } from 'prom-client';
import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/database/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { inventoryMigrations } from '../../../migrations/schema/inventory/index.js';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { createInventoryService } from '../create-inventory-service.js';

export interface TestInventory {
  app: Express;
  database: Sequelize;
  /** For further programs on the same schema. */
  databaseUrl: string;
  stop(): Promise<void>;
}

/** The real inventory service on a schema of its own. */
export async function startTestInventory(): Promise<TestInventory> {
  const schema = await createTestDatabase('inventory');
  const database = connectDatabase(schema.url);
  const logger = createLogger('inventory', 'fatal');
  await migrateSchema(database, inventoryMigrations, logger);
  return {
    app: createInventoryService({ database, logger, registry: new Registry() }),
    database,
    databaseUrl: schema.url,
    stop: async () => {
      await database.close();
      await schema.drop();
    },
  };
}
