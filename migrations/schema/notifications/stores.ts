import { businessTable, type Store } from '#contracts/strangler/store.js';
import {
  idempotencyStore,
  leaseStore,
  ownershipStore,
  schemaJournal,
} from '#platform/database/shared-stores.js';

/** What is in the schema of the notifications service, but for what the sidecar keeps. */
export const notificationsStores: readonly Store[] = [
  schemaJournal,
  businessTable('notifications', 'what customers were told'),
  leaseStore('notification_leases'),
  idempotencyStore('notifications'),
  ownershipStore('notifications'),
];
