import { orderRequests } from '#contracts/shop/order-requests.js';
import { atMonolith } from '#contracts/strangler/service-endpoint.js';
import type { Route } from '#platform/http/route.js';
import { requestRoute, type RequestRoute } from '#platform/messaging/serve-requests.js';
import type { ModuleContext } from '../../context/module-context.js';
import type { Catalogue } from '../catalogue/index.js';
import type { Inventory } from '../inventory/index.js';
import type { Notifications } from '../notifications/index.js';
import type { Payments } from '../payments/index.js';
import { finishCancellation } from './cancel-order.js';
import { orderRoutes } from './order-routes.js';
import { defineOrderTables } from './order-tables.js';
import { settleOrder } from './settle-order.js';
import { defineTimelineTable, createTimelineWriter } from './timeline.js';

export { createTimelineWriter };

/** What customers have ordered, and what became of it. */
export interface Orders {
  routes: Route[];
  /** What services may ask over NATS. */
  requests: RequestRoute[];
  /** Completes a cancellation whose refund was asked for before a crash. */
  finishCancellation(orderId: string): Promise<void>;
}

/** The modules that orders need. */
export interface OrderPartners {
  catalogue: Catalogue;
  inventory: Inventory;
  payments: Payments;
  notifications: Notifications;
}

export function createOrders(context: ModuleContext, partners: OrderPartners): Orders {
  const tables = defineOrderTables(context.database);
  const timeline = defineTimelineTable(context.database);
  const inventory = partners.inventory.orders;
  const payments = partners.payments.orders;
  const work = { ...context, ...partners, ...tables, inventory, payments, timeline };
  return {
    routes: orderRoutes(work),
    requests: [
      requestRoute(atMonolith(orderRequests.settle), async (settlement) => {
        const { orderId } = settlement;
        return work.inOrder(orderId, async (transaction) => ({
          order: await settleOrder(work, settlement, transaction),
        }));
      }),
    ],
    finishCancellation: (orderId) => finishCancellation(work, orderId),
  };
}
