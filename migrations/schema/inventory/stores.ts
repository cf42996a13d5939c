import { businessTable, type Store } from '#contracts/strangler/store.js';
import { idempotencyStore, ownershipStore, schemaJournal } from '#platform/database/shared-stores.js';

/** What is in the schema of the inventory service, but for what the sidecar keeps. */
export const inventoryStores: readonly Store[] = [
  schemaJournal,
  businessTable('stock_levels', 'how many there are of each product'),
  businessTable(
    'stock_reservations',
    'what is set aside for orders, and what late requests must not set aside again',
  ),
  idempotencyStore('inventory'),
  ownershipStore('inventory'),
];
