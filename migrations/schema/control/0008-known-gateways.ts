import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0008-known-gateways';

/** The gateways that serve, also those that nobody can ask at the moment. */
export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('known_gateway', {
    admin_url: { type: 'VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin', primaryKey: true },
    gateway: { type: column.id, allowNull: false },
    first_seen_at: { type: column.instant, allowNull: false },
    last_seen_at: { type: column.instant, allowNull: false },
  });
  await schema.createTable('known_gateway_list', {
    id: { type: 'TINYINT UNSIGNED', primaryKey: true },
    /** Grows when a gateway comes, goes, or takes the address of another one. */
    version: { type: column.count, allowNull: false },
  });
  await schema.bulkInsert('known_gateway_list', [{ id: 1, version: 1 }]);
}
