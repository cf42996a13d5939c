import { agingTable, businessTable, type Store } from '#contracts/strangler/store.js';
import {
  idempotencyStore,
  inboxStores,
  ownershipStore,
  projectionsStore,
  sagaStore,
  schemaJournal,
} from '#platform/database/shared-stores.js';

const builds = 'rows of builds that are not read any more are removed, piece by piece';

/** What is in the schema of the orders service, but for what the sidecar keeps. */
export const ordersStores: readonly Store[] = [
  schemaJournal,
  businessTable('orders', 'orders'),
  businessTable('order_lines', 'what was ordered'),
  businessTable('order_timeline', 'what has happened to orders'),
  businessTable('order_views', 'orders as clients read them', builds),
  businessTable('tracking_facts', 'what has happened to orders, from all capabilities', builds),
  agingTable('order_cancellations', 'cancellations that are under way', 'the cancellation removes its own', {
    ...{ days: 1, column: 'touched_at', end: 'finished' },
  }),
  sagaStore,
  projectionsStore,
  ...inboxStores,
  idempotencyStore('orders'),
  ownershipStore('orders'),
];
