import type { QueryInterface } from 'sequelize';
import { indexStreamsOfOutbox } from '#platform/database/outbox-table.js';

export const name = '0003-outbox-streams';

export async function up(schema: QueryInterface): Promise<void> {
  await indexStreamsOfOutbox(schema, 'payments');
}
