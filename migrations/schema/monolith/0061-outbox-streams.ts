import type { QueryInterface } from 'sequelize';
import { indexStreamsOfOutbox } from '#platform/database/outbox-table.js';

export const name = '0061-outbox-streams';

/** Outboxes stay when their capability is retired: this step is for all of them. */
export async function up(schema: QueryInterface): Promise<void> {
  for (const capability of ['inventory', 'payments', 'notifications', 'orders'])
    await indexStreamsOfOutbox(schema, capability);
}
