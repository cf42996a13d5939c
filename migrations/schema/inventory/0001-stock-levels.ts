import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createIdempotencyTable } from '#platform/database/idempotency.js';

export const name = '0001-stock-levels';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('stock_levels', {
    product_id: { type: column.id, primaryKey: true },
    on_hand: { type: column.count, allowNull: false },
    reserved: { type: column.count, allowNull: false },
    version: { type: column.count, allowNull: false },
    updated_at: { type: column.instant, allowNull: false },
  });
  await createIdempotencyTable(schema, 'inventory');
}
