import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { createLogger } from '#platform/telemetry/logger.js';
import type { Side } from '#contracts/strangler/move.js';
import { moves } from '../../../migrations/moves/index.js';
import { inventoryMigrations } from '../../../migrations/schema/inventory/index.js';
import { monolithMigrations } from '../../../migrations/schema/monolith/index.js';
import { notificationsMigrations } from '../../../migrations/schema/notifications/index.js';
import { ordersMigrations } from '../../../migrations/schema/orders/index.js';
import { paymentsMigrations } from '../../../migrations/schema/payments/index.js';
import { createTestDatabase } from '../../../tests/support/servers.js';
import { connectMysql } from '../../database/connect-mysql.js';
import { findUnsafeTables } from '../find-unsafe-tables.js';

const migrations = {
  monolith: monolithMigrations,
  inventory: inventoryMigrations,
  payments: paymentsMigrations,
  notifications: notificationsMigrations,
  orders: ordersMigrations,
};

describe("the shop's tables", () => {
  const urls = new Map<string, string>();
  const drops: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    for (const [name, steps] of Object.entries(migrations)) {
      const schema = await createTestDatabase(name);
      const database = connectDatabase(schema.url, 2);
      await migrateSchema(database, steps, createLogger('test', 'silent'));
      await database.close();
      urls.set(name, schema.url);
      drops.push(() => schema.drop());
    }
  });
  afterAll(async () => {
    for (const drop of drops) await drop();
  });

  const sides = moves.flatMap((move) =>
    (['monolith', 'service'] as const).map((side): [string, Side, typeof move] => [
      move.capability,
      side,
      move,
    ]),
  );

  it.each(sides)(
    'of %s can be replicated exactly from the %s, and are named in its move',
    async (_, side, move) => {
      const connection = await connectMysql(urls.get(side === 'monolith' ? side : move.capability) ?? '');
      const moved = moves.flatMap(({ tables }) => tables.map(({ [side]: one }) => one.table));
      expect(await findUnsafeTables(connection, move, side, moved)).toEqual([]);
      connection.destroy();
    },
  );
});
