import type { QueryInterface } from 'sequelize';
import { createOutboxTable } from '#platform/database/outbox-table.js';

export const name = '0040-outboxes';

export async function up(schema: QueryInterface): Promise<void> {
  for (const capability of ['inventory', 'payments', 'notifications', 'orders'])
    await createOutboxTable(schema, capability);
}
