import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createInboxTables } from '#platform/database/inbox-tables.js';

export const name = '0003-tracking';

/** What others have said that belongs to the timeline of an order; built from events, and no part of a move. */
export async function up(schema: QueryInterface): Promise<void> {
  await createInboxTables(schema);
  await schema.createTable(
    'tracking_entries',
    {
      event_id: { type: column.id, primaryKey: true },
      order_id: { type: column.id, allowNull: false },
      happened_at: { type: column.instant, allowNull: false },
      type: { type: column.code, allowNull: false },
      detail: { type: DataTypes.STRING(500), allowNull: false },
    },
    { charset: 'utf8mb4' },
  );
  await schema.addIndex('tracking_entries', ['order_id', 'happened_at', 'event_id']);
}
