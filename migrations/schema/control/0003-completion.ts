import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0003-completion';

const words = 'TEXT CHARACTER SET utf8mb4';
const person = 'VARCHAR(100) CHARACTER SET utf8mb4';

export async function up(schema: QueryInterface): Promise<void> {
  await schema.createTable('completion', {
    capability: { type: column.id, primaryKey: true },
    state: { type: column.code, allowNull: false },
    begun_by: { type: person, allowNull: false },
    reason: { type: words, allowNull: false },
    /** What the step in progress waits for. */
    problem: { type: words, allowNull: true },
    begun_at: { type: column.instant, allowNull: false },
    changed_at: { type: column.instant, allowNull: false },
  });
  await schema.createTable('completion_step', {
    id: { type: 'BIGINT UNSIGNED', primaryKey: true, autoIncrement: true },
    capability: { type: column.id, allowNull: false },
    at: { type: column.instant, allowNull: false },
    term: { type: column.count, allowNull: false },
    state: { type: column.code, allowNull: false },
  });
  await schema.addIndex('completion_step', ['capability']);
}
