import type { Migration } from '#platform/schema/migrate-schema.js';
import * as catalogue from './0001-catalogue.js';
import * as inventory from './0002-inventory.js';
import * as payments from './0003-payments.js';
import * as notifications from './0004-notifications.js';
import * as orders from './0005-orders.js';
import * as inventoryOwnership from './0006-inventory-ownership.js';
import * as stockReservations from './0007-stock-reservations.js';
import * as paymentsOwnership from './0020-payments-ownership.js';
import * as notificationsOwnership from './0021-notifications-ownership.js';
import * as ordersOwnership from './0022-orders-ownership.js';
import * as orderTasks from './0023-order-tasks.js';
import * as outboxes from './0040-outboxes.js';
import * as retirement from './0060-retirement.js';
import { outboxStreams } from './0061-outbox-streams.js';
import * as cancellationsByOrder from './0062-cancellations-by-order.js';
import * as unansweredNotifications from './0070-unanswered-notifications.js';
import * as catalogueKeys from './0071-catalogue-keys.js';

/**
 * The schema of the monolith, step by step. A step after 0060 is about the tables of one capability, which it names, or of none
 * that can be retired: where that capability is retired it has nothing to do (`docs/decisions/0060`).
 */
export const monolithMigrations: readonly Migration[] = [
  catalogue,
  inventory,
  payments,
  notifications,
  orders,
  inventoryOwnership,
  stockReservations,
  paymentsOwnership,
  notificationsOwnership,
  ordersOwnership,
  orderTasks,
  outboxes,
  retirement,
  ...outboxStreams,
  cancellationsByOrder,
  unansweredNotifications,
  catalogueKeys,
];
