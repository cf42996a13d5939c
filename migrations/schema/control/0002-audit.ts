import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0002-audit';

const words = 'TEXT CHARACTER SET utf8mb4';
const hash = 'CHAR(64) CHARACTER SET ascii COLLATE ascii_bin';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('audit_entry', {
    id: { type: 'BIGINT UNSIGNED', primaryKey: true },
    at: { type: column.instant, allowNull: false },
    who: { type: 'VARCHAR(100) CHARACTER SET utf8mb4', allowNull: false },
    action: { type: 'VARCHAR(200) CHARACTER SET utf8mb4', allowNull: false },
    capability: { type: column.id, allowNull: true },
    outcome: { type: column.code, allowNull: false },
    reason: { type: words, allowNull: true },
    /** JSON. */
    before_value: { type: words, allowNull: true },
    after_value: { type: words, allowNull: true },
    previous_hash: { type: hash, allowNull: false },
    /** Of all of the above: who changes one entry has to change all that follow, and the head. */
    hash: { type: hash, allowNull: false },
  });
  await schema.createTable('audit_head', {
    id: { type: 'TINYINT UNSIGNED', primaryKey: true },
    last_id: { type: 'BIGINT UNSIGNED', allowNull: false },
    last_hash: { type: hash, allowNull: false },
  });
  await schema.bulkInsert('audit_head', [{ id: 1, last_id: 0, last_hash: '0'.repeat(64) }]);
}
