import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createIdempotencyTable, keepKeysByResource } from '#platform/database/idempotency.js';
import { createLeaseTable } from '#platform/database/leases.js';
import { createOwnershipTable } from '#platform/ownership/ownership-table.js';

export const name = '0001-notifications';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable(
    'notifications',
    {
      notification_id: { type: column.id, primaryKey: true },
      channel: { type: column.code, allowNull: false },
      recipient: { type: DataTypes.STRING(254), allowNull: false },
      template: { type: column.code, allowNull: false },
      data: { type: DataTypes.TEXT('medium'), allowNull: false },
      order_id: { type: column.id, allowNull: true },
      /** When it is tried next; NULL once it is over, so that the queue's index holds the queue alone. */
      due_at: { type: column.instant, allowNull: true },
      /** When it was over; NULL until then. */
      ended_at: { type: column.instant, allowNull: true },
      /** `SENT` or `FAILED`; NULL until it is over. */
      outcome: { type: column.code, allowNull: true },
      attempts: { type: column.count, allowNull: false },
      version: { type: column.count, allowNull: false },
      created_at: { type: column.instant, allowNull: false },
      updated_at: { type: column.instant, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex('notifications', ['due_at', 'notification_id']);
  await schema.addIndex('notifications', ['created_at', 'notification_id']);
  await schema.addIndex('notifications', ['order_id', 'created_at', 'notification_id']);
  await createLeaseTable(schema, 'notification_leases');
  await createIdempotencyTable(schema, 'notifications');
  await keepKeysByResource(schema, 'notifications');
  await createOwnershipTable(schema, 'notifications', false);
}
