import { fixedTable, type Store } from '#contracts/strangler/store.js';
import { retirementStores } from '#platform/database/shared-stores.js';

/** The sidecar's own tables, beside every database. */
export const replicationStores: readonly Store[] = [
  fixedTable('strangler_origin', 'the identity of this database', 'database', 100),
  fixedTable('strangler_heartbeat', 'the newest heartbeat', 'database', 100),
  fixedTable('strangler_watermarks', 'the watermark of the chunk that is being read', 'capability', 1_000),
  fixedTable('strangler_applied', 'up to where the replica has applied changes', 'capability', 1_000),
  fixedTable('strangler_backfill', 'how far a backfill is', 'table of a move', 10_000),
  fixedTable('strangler_void', 'which epochs count no more', 'capability', 1_000),
  ...retirementStores,
];
