import { inventoryRequests, type OrderStock } from '#contracts/shop/inventory-requests.js';
import { atMonolith } from '#contracts/strangler/service-endpoint.js';
import type { Guarded } from '#platform/database/guarded.js';
import { requestRoute, type RequestRoute } from '#platform/messaging/serve-requests.js';
import { guardKeys } from '#platform/ownership/guard-keys.js';
import type { ModuleContext } from '../../context/module-context.js';
import { insufficientStock, type LocalStock, planStock, type StockCommand } from './plan-stock.js';

/** What the orders service asks of stock that this side owns: the same as of the inventory service. */
export function inventoryRequestRoutes(context: ModuleContext, local: LocalStock): RequestRoute[] {
  const guarded = <Result>(
    { items }: OrderStock,
    handle: (transaction: Guarded<'inventory'>) => Promise<Result>,
  ): Promise<Result> =>
    context.inTransaction(async (transaction) => {
      const keys = items.map(({ productId }) => productId);
      return handle(await guardKeys(context.database, 'inventory', keys, transaction));
    });
  const move = (command: StockCommand) =>
    requestRoute(atMonolith(inventoryRequests[command]), async (order) => {
      await guarded(order, async (transaction) => {
        const planned = await planStock(local, command, order, transaction);
        if (planned.short.length > 0) throw insufficientStock(order.items, planned.short);
        await planned.write();
      });
      return {};
    });
  return [
    move('reserve'),
    move('release'),
    move('ship'),
    requestRoute(atMonolith(inventoryRequests.shortages), (order) =>
      guarded(order, async (transaction) => {
        const { short } = await planStock(local, 'reserve', order, transaction);
        return { short };
      }),
    ),
  ];
}
