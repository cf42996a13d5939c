import type { QueryInterface } from 'sequelize';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';

export const name = '0006-inventory-ownership';

export async function up(schema: QueryInterface): Promise<void> {
  await createOwnershipTable(schema, 'inventory', true);
}
