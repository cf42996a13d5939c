import { businessTable, type Store } from '#contracts/strangler/store.js';
import { idempotencyStore, ownershipStore, schemaJournal } from '#platform/database/shared-stores.js';

/** What is in the schema of the payments service, but for what the sidecar keeps. */
export const paymentsStores: readonly Store[] = [
  schemaJournal,
  businessTable('payments', 'payments'),
  businessTable(
    'provider_attempts',
    'calls of the payment provider that are under way, and charges that were given up',
    'the call removes its own; charges that were given up stay with their orders',
  ),
  idempotencyStore('payments'),
  ownershipStore('payments'),
];
