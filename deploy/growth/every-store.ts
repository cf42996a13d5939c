import type { Store } from '#contracts/strangler/store.js';
import { outboxStore } from '#platform/database/shared-stores.js';
import { controlStores } from '../../migrations/schema/control/stores.js';
import { inventoryStores } from '../../migrations/schema/inventory/stores.js';
import { monolithStores } from '../../migrations/schema/monolith/stores.js';
import { notificationsStores } from '../../migrations/schema/notifications/stores.js';
import { ordersStores } from '../../migrations/schema/orders/stores.js';
import { paymentsStores } from '../../migrations/schema/payments/stores.js';
import { replicationStores } from '../../migrations/schema/sidecar/stores.js';
import { sandboxStores } from '../sandboxes/providers/stores.js';
import { fileStores } from './file-stores.js';
import { logStores } from './log-stores.js';

/** Stores that belong together, and who measures them. */
export interface StoreGroup {
  title: string;
  /** The program whose metrics tell of them; undefined where only the code keeps the bound. */
  measuredBy: string | undefined;
  stores: readonly Store[];
}

const capabilities = ['inventory', 'payments', 'notifications', 'orders'];
const outboxes = (names: readonly string[]): Store[] => names.map((name) => outboxStore(name));

/** The schemas of the shop, by name: all tables that may be in each. */
export const schemaStores: Readonly<Record<string, readonly Store[]>> = {
  shop: [...monolithStores, ...outboxes(capabilities), ...replicationStores],
  inventory: [...inventoryStores, ...outboxes(['inventory']), ...replicationStores],
  payments: [...paymentsStores, ...outboxes(['payments']), ...replicationStores],
  notifications: [...notificationsStores, ...outboxes(['notifications']), ...replicationStores],
  orders: [...ordersStores, ...outboxes(['orders']), ...replicationStores],
  control: controlStores,
  provider_sandbox: sandboxStores,
};

/** Everything that the system keeps, but for what is in memory (`memory-stores.ts`). */
export const everyStore: readonly StoreGroup[] = [
  { title: 'NATS', measuredBy: 'sidecars, orders, control plane', stores: logStores },
  { title: 'Beside every program: outboxes', measuredBy: 'sidecar', stores: outboxes(['*']) },
  { title: 'Beside every program: replication', measuredBy: 'sidecar', stores: replicationStores },
  { title: 'Monolith: schema `shop`', measuredBy: 'monolith', stores: monolithStores },
  { title: 'Inventory: schema `inventory`', measuredBy: 'inventory', stores: inventoryStores },
  { title: 'Payments: schema `payments`', measuredBy: 'payments', stores: paymentsStores },
  {
    title: 'Notifications: schema `notifications`',
    measuredBy: 'notifications',
    stores: notificationsStores,
  },
  { title: 'Orders: schema `orders`', measuredBy: 'orders', stores: ordersStores },
  { title: 'Control plane: schema `control`', measuredBy: 'control plane', stores: controlStores },
  { title: 'Sandbox of providers: schema `provider_sandbox`', measuredBy: undefined, stores: sandboxStores },
  { title: 'Files', measuredBy: undefined, stores: fileStores },
];
