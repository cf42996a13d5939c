import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createIdempotencyTable } from '#platform/database/idempotency.js';

export const name = '0004-notifications';

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
      // Order, template and channel of what an order's customer is told once; NULL for what may be said again.
      once_key: { type: 'VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin', allowNull: true, unique: true },
      status: { type: column.code, allowNull: false },
      attempts: { type: column.count, allowNull: false },
      // While a sender holds the lease, the time at which others may take it over.
      next_attempt_at: { type: column.instant, allowNull: false },
      lease: { type: column.id, allowNull: true },
      version: { type: column.count, allowNull: false },
      created_at: { type: column.instant, allowNull: false },
      updated_at: { type: column.instant, allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex('notifications', ['status', 'next_attempt_at']);
  await schema.addIndex('notifications', ['created_at', 'notification_id']);
  await schema.addIndex('notifications', ['order_id', 'created_at', 'notification_id']);
  await createIdempotencyTable(schema, 'notifications');
}
