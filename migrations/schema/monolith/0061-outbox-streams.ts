import type { Migration } from '#platform/schema/migrate-schema.js';
import { indexStreamsOfOutbox } from '#platform/database/outbox-table.js';

/**
 * A step for each capability. The outbox stays when its capability is retired, but nothing is said there any more: what is
 * left is little, and found without the index as well.
 */
export const outboxStreams: readonly Migration[] = ['inventory', 'payments', 'notifications', 'orders'].map(
  (capability) => ({
    ...{ name: `0061-outbox-streams-${capability}`, capability },
    up: (schema) => indexStreamsOfOutbox(schema, capability),
  }),
);
