import type { QueryInterface } from 'sequelize';
import { keepEndsOfSagas } from '#platform/database/saga-table.js';

export const name = '0005-ends-of-sagas';

/** Sagas that have ended already get their time from the clean-up, piece by piece: this step waits for no row. */
export async function up(schema: QueryInterface): Promise<void> {
  await keepEndsOfSagas(schema);
}
