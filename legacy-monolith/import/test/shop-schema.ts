import { QueryTypes, type Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { monolithMigrations } from '../../../migrations/schema/monolith/index.js';
import { createTestDatabase } from '../../../tests/support/servers.js';

export interface ShopSchema {
  url: string;
  database: Sequelize;
  /** Every row that an import writes, in an order of its own. */
  rows(): Promise<Record<string, object[]>>;
  drop(): Promise<void>;
}

const tables = {
  products: 'product_id',
  stock_items: 'product_id',
  customers: 'customer_id',
  orders: 'order_id',
  order_items: 'order_id, line_no',
  order_timeline: 'entry_id',
};

/** The monolith's schema, empty. */
export async function createShopSchema(): Promise<ShopSchema> {
  const schema = await createTestDatabase('import');
  const database = connectDatabase(schema.url);
  await migrateSchema(database, monolithMigrations, createLogger('test', 'fatal'));
  return {
    url: schema.url,
    database,
    rows: () => readRows(database),
    drop: async () => {
      await database.close();
      await schema.drop();
    },
  };
}

async function readRows(database: Sequelize): Promise<Record<string, object[]>> {
  const rows: Record<string, object[]> = {};
  for (const [table, order] of Object.entries(tables)) {
    rows[table] = await database.query(`SELECT * FROM ${table} ORDER BY ${order}`, {
      type: QueryTypes.SELECT,
    });
  }
  return rows;
}
