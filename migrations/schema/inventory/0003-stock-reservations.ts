import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { keepKeysByResource } from '#platform/database/idempotency.js';

export const name = '0003-stock-reservations';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('stock_reservations', {
    order_id: { type: column.id, primaryKey: true },
    product_id: { type: column.id, primaryKey: true },
    quantity: { type: column.count, allowNull: false },
    state: { type: column.code, allowNull: false },
    /** See `contracts/shop/reservation.ts`. */
    attempt: { type: 'BIGINT UNSIGNED', allowNull: false },
    updated_at: { type: column.instant, allowNull: false },
  });
  await keepKeysByResource(schema, 'inventory');
}
