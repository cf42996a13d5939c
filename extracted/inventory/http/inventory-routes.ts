import { inventoryEndpoints } from '#contracts/shop/inventory.js';
import type { Endpoint } from '#contracts/http/endpoint.js';
import { plain, resource } from '#platform/http/answers.js';
import { AppError } from '#platform/http/app-error.js';
import { readRoute, type Route } from '#platform/http/route.js';
import { getStock } from '../use-cases/get-stock.js';
import { listStock } from '../use-cases/list-stock.js';
import type { StockLevels } from '../use-cases/stock-levels.js';

/** The inventory endpoints of the contract: reads are answered, writes belong to the monolith. */
export function inventoryRoutes(levels: StockLevels): Route[] {
  return [
    readRoute(inventoryEndpoints.list, async ({ query }) => plain(await listStock(levels, query))),
    readRoute(inventoryEndpoints.get, async ({ params }) =>
      resource(await getStock(levels, params.productId)),
    ),
    refuseWrite(inventoryEndpoints.put),
    refuseWrite(inventoryEndpoints.decrease),
    refuseWrite(inventoryEndpoints.increase),
  ];
}

function refuseWrite(endpoint: Endpoint): Route {
  return {
    endpoint,
    answer: () =>
      Promise.reject(
        new AppError(
          'not_owner',
          'The monolith owns the stock: send this write to it, or through the gateway, which does',
        ),
      ),
  };
}
