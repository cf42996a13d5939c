import type { Sequelize } from 'sequelize';
import { inventoryRequests, type OrderStock } from '#contracts/shop/inventory-requests.js';
import type { Guarded } from '#platform/database/guarded.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { requestRoute, type RequestRoute } from '#platform/messaging/serve-requests.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import { findShortages, moveOrderStock } from '../use-cases/move-order-stock.js';
import type { StockWork } from '../use-cases/stock-levels.js';

/** What orders ask of the service: each a transaction that first holds the ownership of all that it writes. */
export function inventoryRequestRoutes(
  database: Sequelize,
  work: StockWork<Guarded<'inventory'>>,
): RequestRoute[] {
  const guarded = <Result>(
    { items }: OrderStock,
    handle: (transaction: Guarded<'inventory'>) => Promise<Result>,
  ): Promise<Result> =>
    runTransaction(database, async (transaction) => {
      const keys = items.map(({ productId }) => productId);
      return handle(await guardKeys(database, 'inventory', keys, transaction));
    });
  const move = (kind: 'reserve' | 'release' | 'ship') =>
    requestRoute(inventoryRequests[kind], async (order) => {
      await guarded(order, (transaction) => moveOrderStock(work, kind, order, transaction));
      return {};
    });
  return [
    move('reserve'),
    move('release'),
    move('ship'),
    requestRoute(inventoryRequests.shortages, async (order) => ({
      short: await guarded(order, (transaction) => findShortages(work, order, transaction)),
    })),
  ];
}
