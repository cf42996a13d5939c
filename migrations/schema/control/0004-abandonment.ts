import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0004-abandonment';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('abandonment', {
    capability: { type: column.id, primaryKey: true },
    state: { type: column.code, allowNull: false },
    /** What the lost side owned, or was given, up to this epoch counts no more. */
    void_up_to: { type: column.count, allowNull: false },
    begun_by: { type: 'VARCHAR(100) CHARACTER SET utf8mb4', allowNull: false },
    reason: { type: 'TEXT CHARACTER SET utf8mb4', allowNull: false },
    begun_at: { type: column.instant, allowNull: false },
    changed_at: { type: column.instant, allowNull: false },
  });
}
