import { inventoryEndpoints } from '#contracts/shop/inventory.js';
import type { Guarded } from '#platform/database/guarded.js';
import { plain, resource } from '#platform/http/answers.js';
import { readRoute, type Route, type RunWrite, writeRoute } from '#platform/http/route.js';
import { decreaseStock, increaseStock, type ProductExists, setStock } from '../use-cases/change-stock.js';
import { getStock } from '../use-cases/get-stock.js';
import { listStock } from '../use-cases/list-stock.js';
import type { StockWork } from '../use-cases/stock-levels.js';

export interface InventoryRoutesWork extends StockWork<Guarded<'inventory'>> {
  productExists: ProductExists;
  /** Runs a write that may happen on this side, once per Idempotency-Key. */
  runWrite: RunWrite<Guarded<'inventory'>>;
}

/** The inventory endpoints of the contract. */
export function inventoryRoutes(work: InventoryRoutesWork): Route[] {
  return [
    readRoute(inventoryEndpoints.list, async ({ query }) => plain(await listStock(work.levels, query))),
    readRoute(inventoryEndpoints.get, async ({ params }) =>
      resource(await getStock(work.levels, params.productId)),
    ),
    ...writeRoutes(work),
  ];
}

function writeRoutes(work: InventoryRoutesWork): Route[] {
  const byProduct = ({ params }: { params: { productId: string } }) => params.productId;
  return [
    writeRoute(
      inventoryEndpoints.put,
      work.runWrite,
      byProduct,
      async ({ params, body, expectedVersions: expected }, transaction) =>
        resource(await setStock(work, { ...params, expected }, body.available, transaction)),
    ),
    writeRoute(
      inventoryEndpoints.decrease,
      work.runWrite,
      byProduct,
      async ({ params, body, expectedVersions: expected }, transaction) =>
        resource(await decreaseStock(work, { ...params, expected }, body.quantity, transaction)),
    ),
    writeRoute(
      inventoryEndpoints.increase,
      work.runWrite,
      byProduct,
      async ({ params, body, expectedVersions: expected }, transaction) =>
        resource(await increaseStock(work, { ...params, expected }, body.quantity, transaction)),
    ),
  ];
}
