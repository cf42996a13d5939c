import type { QueryInterface } from 'sequelize';
import { createOutboxTable } from '#platform/database/outbox-table.js';

export const name = '0002-outbox';

export async function up(schema: QueryInterface): Promise<void> {
  await createOutboxTable(schema, 'orders');
}
