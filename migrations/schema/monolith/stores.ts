import { agingTable, businessTable, type Store } from '#contracts/strangler/store.js';
import {
  idempotencyStore,
  leaseStore,
  ownershipStore,
  schemaJournal,
} from '#platform/database/shared-stores.js';

const capabilities = ['inventory', 'payments', 'notifications', 'orders'];

/** What is in the monolith's schema, but for the sidecar's tables and the outboxes, which the sidecar keeps. */
export const monolithStores: readonly Store[] = [
  schemaJournal,
  businessTable('products', 'products'),
  businessTable('stock_items', 'how many there are of each product'),
  businessTable(
    'stock_reservations',
    'what is set aside for orders, and what late requests must not set aside again',
  ),
  businessTable('customers', 'customers'),
  businessTable('orders', 'orders'),
  businessTable('order_items', 'what was ordered'),
  businessTable('order_timeline', 'what has happened to orders'),
  businessTable('payments', 'payments'),
  businessTable(
    'payment_attempts',
    'calls of the payment provider that are under way, and charges that were given up',
    'the call removes its own; charges that were given up stay with their orders',
  ),
  businessTable('notifications', 'what customers were told'),
  agingTable('order_cancellations', 'cancellations that are under way', 'the cancellation removes its own', {
    ...{ days: 1, column: 'touched_at', end: 'finished' },
  }),
  agingTable('order_tasks', 'what is still to be done for orders at services', 'the task removes itself', {
    ...{ days: 1, column: 'created_at', order: 'task_id', end: 'finished' },
  }),
  {
    ...businessTable('retired_*', 'what was in the tables of a capability that is completed'),
    ...{ kept: '`npx strangler complete --drop-archive` removes them', only: 'after a completion' },
  },
  leaseStore('notification_leases'),
  ...['catalogue', ...capabilities].map(idempotencyStore),
  ...capabilities.map(ownershipStore),
];
