import type { QueryInterface } from 'sequelize';
import { keepKeysByResource } from '#platform/database/idempotency.js';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';

export const name = '0022-orders-ownership';

export async function up(schema: QueryInterface): Promise<void> {
  await createOwnershipTable(schema, 'orders', true);
  await keepKeysByResource(schema, 'orders');
}
