import type { Express } from 'express';
import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/database/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { monolithMigrations } from '../../migrations/schema/monolith/index.js';
import { createTestDatabase } from '../../tests/support/servers.js';
import { createMonolith } from '../create-monolith.js';

export interface TestMonolith {
  app: Express;
  database: Sequelize;
  stop(): Promise<void>;
}

/** The real monolith on a schema of its own. */
export async function startTestMonolith(): Promise<TestMonolith> {
  const schema = await createTestDatabase('shop');
  const database = connectDatabase(schema.url);
  const logger = createLogger('monolith', 'fatal');
  await migrateSchema(database, monolithMigrations, logger);
  return {
    app: createMonolith({ database, logger }),
    database,
    stop: async () => {
      await database.close();
      await schema.drop();
    },
  };
}
