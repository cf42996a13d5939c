import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0007-tokens';

/** Who may use the admin API, by the hash of what they show. */
export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('admin_token', {
    name: { type: column.id, primaryKey: true },
    role: { type: column.code, allowNull: false },
    /** SHA-256, in hex. The token itself has 256 random bits, so that nothing slower is needed. */
    hash: { type: 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin', allowNull: false, unique: true },
    added_by: { type: 'VARCHAR(100) CHARACTER SET utf8mb4', allowNull: false },
    added_at: { type: column.instant, allowNull: false },
  });
  await schema.createTable('admin_token_list', {
    id: { type: 'TINYINT UNSIGNED', primaryKey: true },
    /** Grows with every change of the list. */
    version: { type: column.count, allowNull: false },
  });
  await schema.bulkInsert('admin_token_list', [{ id: 1, version: 1 }]);
  // A claim, which stands apart from who it was.
  await schema.addColumn('audit_entry', 'on_behalf_of', {
    type: 'VARCHAR(100) CHARACTER SET utf8mb4',
    allowNull: true,
  });
}
