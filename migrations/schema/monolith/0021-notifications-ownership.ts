import type { QueryInterface } from 'sequelize';
import { keepKeysByResource } from '#platform/database/idempotency.js';
import { createLeaseTable } from '#platform/database/leases.js';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';

export const name = '0021-notifications-ownership';

/**
 * What an order's customer is told once has an id that follows from what is told: then it is the same row on both
 * sides, whoever writes it. A unique key beside the id would forbid on one side what the other has allowed.
 */
export async function up(schema: QueryInterface): Promise<void> {
  await createOwnershipTable(schema, 'notifications', true);
  await keepKeysByResource(schema, 'notifications');
  await createLeaseTable(schema, 'notification_leases');
  // Without its column a one-column index is gone, too.
  await schema.removeColumn('notifications', 'once_key');
  await schema.removeColumn('notifications', 'lease');
}
