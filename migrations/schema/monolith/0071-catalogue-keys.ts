import type { QueryInterface } from 'sequelize';
import { keepKeysByResource } from '#platform/database/idempotency.js';

export const name = '0071-catalogue-keys';
export const capability = 'catalogue';

/** As the keys of all others, by which a clean-up finds the oldest without a look at all of them. */
export async function up(schema: QueryInterface): Promise<void> {
  await keepKeysByResource(schema, 'catalogue');
}
