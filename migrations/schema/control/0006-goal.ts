import type { QueryInterface } from 'sequelize';
import { column } from '#platform/database/columns.js';

export const name = '0006-goal';

export async function up(schema: QueryInterface): Promise<void> {
  /** Version at which somebody last said what is to be reached: a share that is still being set then is overtaken. */
  await schema.addColumn('capability_state', 'goal_version', {
    type: column.count,
    allowNull: false,
    defaultValue: 0,
  });
}
