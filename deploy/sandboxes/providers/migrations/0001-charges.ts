import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0001-charges';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('charges', {
    entry: { type: 'BIGINT UNSIGNED', primaryKey: true, autoIncrement: true },
    charge_key: { type: column.id, allowNull: false, unique: true },
    // NULL for a charge that was voided before it arrived: what it would have been is unknown.
    request_hash: { type: 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin', allowNull: true },
    amount: { type: column.amount, allowNull: false },
    currency: { type: column.currency, allowNull: false },
    reference: { type: column.id, allowNull: false },
    status: { type: column.code, allowNull: false },
    last4: { type: column.code, allowNull: true },
    reason: { type: column.code, allowNull: true },
    created_at: { type: column.instant, allowNull: false },
    updated_at: { type: column.instant, allowNull: false },
  });
  await schema.createTable('failed_calls', {
    charge_key: { type: column.id, primaryKey: true },
    calls: { type: column.count, allowNull: false },
  });
}
