import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0070-unanswered-notifications';
export const capability = 'notifications';

/** How many attempts at a message were handed over without an answer. */
export async function up(schema: QueryInterface): Promise<void> {
  await schema.addColumn('notifications', 'unanswered', {
    type: column.count,
    allowNull: false,
    defaultValue: 0,
  });
}
