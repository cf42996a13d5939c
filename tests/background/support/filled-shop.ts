import type { Sequelize } from 'sequelize';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema, type Migration } from '#platform/schema/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { orderTrackingName } from '../../../extracted/orders/use-cases/track-orders.js';
import { orderViewsName } from '../../../extracted/orders/use-cases/order-views.js';
import { inventoryMigrations } from '../../../migrations/schema/inventory/index.js';
import { monolithMigrations } from '../../../migrations/schema/monolith/index.js';
import { notificationsMigrations } from '../../../migrations/schema/notifications/index.js';
import { ordersMigrations } from '../../../migrations/schema/orders/index.js';
import { paymentsMigrations } from '../../../migrations/schema/payments/index.js';
import { replicationTables } from '../../../migrations/schema/sidecar/replication-tables.js';
import { createTables } from '../../../sidecar/database/create-tables.js';
import { createTestDatabase } from '../../support/servers.js';
import { wideDatabase } from '../../support/wide-limits.js';
import { fillTables } from './fill-tables.js';
import { smallTables, steadyState } from './steady-state.js';

const schemas = {
  monolith: monolithMigrations,
  inventory: inventoryMigrations,
  payments: paymentsMigrations,
  notifications: notificationsMigrations,
  orders: ordersMigrations,
};
const capabilities = ['inventory', 'payments', 'notifications', 'orders'] as const;

export interface FilledSchema {
  url: string;
  database: Sequelize;
  drop(): Promise<void>;
}

/** The schemas of a whole shop, all of them full, each of which owns all that it has, so that all have work to do. */
export type FilledShop = Record<keyof typeof schemas, FilledSchema>;

/** @param streamCreatedAt of the stream that events stand in, when they are published */
export async function fillShop(rows: number, streamCreatedAt: string): Promise<FilledShop> {
  const filled: [string, FilledSchema][] = [];
  for (const [name, migrations] of Object.entries(schemas))
    filled.push([name, await fillSchema(name, migrations, rows, streamCreatedAt)]);
  return Object.fromEntries(filled) as FilledShop;
}

async function fillSchema(
  name: string,
  migrations: readonly Migration[],
  rows: number,
  streamCreatedAt: string,
): Promise<FilledSchema> {
  const schema = await createTestDatabase(`full_${name}`);
  const database = connectDatabase(schema.url, 10, wideDatabase);
  await migrateSchema(database, migrations, createLogger('test', 'silent'));
  await createTables(schema.url, replicationTables);
  await fillTables(database, rows, steadyState(streamCreatedAt, rows), smallTables);
  if (name === 'orders') await makeProjectionsBuilt(database);
  for (const capability of capabilities.filter((one) => name === 'monolith' || name === one))
    await database.query(`UPDATE ${capability}_ownership SET state = 'owned', epoch = 2`);
  return {
    ...{ url: schema.url, database },
    drop: async () => {
      await database.close();
      await schema.drop();
    },
  };
}

/** Twice: rows of the first build are still there. */
async function makeProjectionsBuilt(database: Sequelize): Promise<void> {
  for (const projection of [orderViewsName, orderTrackingName])
    await database.query(
      `INSERT INTO projections (name, live_build, last_build, built_at) VALUES (?, 2, 2, UTC_TIMESTAMP(3))`,
      { replacements: [projection] },
    );
}
