import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { inventoryMigrations } from '../../../migrations/schema/inventory/index.js';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { type RunningProgram, startProgram } from '../../../tests/support/start-program.js';
import { wideDatabase } from '../../../tests/support/wide-limits.js';

/** Where several instances of the inventory service work on one schema, each a process of its own. */
export interface InventoryPlace {
  databaseUrl: string;
  startInstance(): Promise<RunningProgram>;
  /** Products `p0`, `p1`, ... with plenty of each. */
  products: readonly string[];
  /** Kills what was started, and drops the schema. */
  end(): Promise<void>;
}

/** Makes a schema of which the service owns every bucket. */
export async function openInventoryPlace(natsUrl: string): Promise<InventoryPlace> {
  const schema = await createTestDatabase('inventory');
  const database = connectDatabase(schema.url, 20, wideDatabase);
  await migrateSchema(database, inventoryMigrations, createLogger('inventory', 'silent'));
  await database.query("UPDATE inventory_ownership SET state = 'owned', epoch = 2");
  const products = Array.from({ length: 20 }, (_, n) => `p${n}`);
  for (const product of products) {
    await database.query('INSERT INTO stock_levels VALUES (?, 1000000, 0, 1, UTC_TIMESTAMP(3))', {
      replacements: [product],
    });
  }
  const started: RunningProgram[] = [];
  return {
    databaseUrl: schema.url,
    products,
    async startInstance() {
      const environment = { MYSQL_URL: schema.url, NATS_URL: natsUrl, MYSQL_POOL: '8', LOG_LEVEL: 'info' };
      const instance = await startProgram(new URL('../main.ts', import.meta.url), environment);
      started.push(instance);
      return instance;
    },
    async end() {
      await Promise.all(started.map((instance) => instance.kill()));
      await database.close();
      await schema.drop();
    },
  };
}
