import type { QueryInterface } from 'sequelize';
import { retirementTables } from '#platform/ownership/retirement-tables.js';

export const name = '0060-retirement';

/** The sidecar needs the same tables, and may have made them already. */
export async function up(schema: QueryInterface): Promise<void> {
  for (const statement of retirementTables) await schema.sequelize.query(statement);
}
