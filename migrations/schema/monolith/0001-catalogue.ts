import { DataTypes, type QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';
import { createIdempotencyTable } from '#platform/database/idempotency.js';

export const name = '0001-catalogue';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('products', {
    product_id: { type: column.id, primaryKey: true },
    name: { type: DataTypes.STRING(255), allowNull: false },
    price_amount: { type: column.amount, allowNull: false },
    price_currency: { type: column.currency, allowNull: false },
    version: { type: column.count, allowNull: false },
    created_at: { type: column.instant, allowNull: false },
    updated_at: { type: column.instant, allowNull: false },
  });
  await createIdempotencyTable(schema, 'catalogue');
}
