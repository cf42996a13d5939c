import type { Transaction } from 'sequelize';
import { inventoryEndpoints } from '#contracts/shop/inventory.js';
import { AppError } from '#platform/http/app-error.js';
import { plain, resource } from '#platform/http/answers.js';
import { readRoute, type Route, writeRoute } from '#platform/http/route.js';
import type { ModuleContext } from '../../module-context.js';
import type { Catalogue } from '../catalogue/index.js';
import { decreaseStock, increaseStock, setStock, type StockWrite } from './change-stock.js';
import { getStock, listStock } from './read-stock.js';
import { type OrderedItem, releaseStock, reserveStock, shipStock } from './reserve-stock.js';
import { defineStockTable } from './stock-table.js';

/** What there is of each product, and what is set aside for orders. */
export interface Inventory {
  routes: Route[];
  /** Sets units aside, all items or none; throws AppError `insufficient_stock`. */
  reserve(items: readonly OrderedItem[], transaction: Transaction): Promise<void>;
  /** Puts reserved units back. */
  release(items: readonly OrderedItem[], transaction: Transaction): Promise<void>;
  /** Reserved units leave the house. */
  ship(items: readonly OrderedItem[], transaction: Transaction): Promise<void>;
}

export function createInventory(context: ModuleContext, catalogue: Catalogue): Inventory {
  const { database, runWrite, clock } = context;
  const stock = defineStockTable(database);
  const writing = (expected: StockWrite['expected'], transaction: Transaction) => ({
    expected,
    now: clock(),
    transaction,
  });
  const byProduct = ({ params }: { params: { productId: string } }) => params.productId;
  return {
    reserve: (items, transaction) => reserveStock(stock, items, clock(), transaction),
    release: (items, transaction) => releaseStock(stock, items, clock(), transaction),
    ship: (items, transaction) => shipStock(stock, items, clock(), transaction),
    routes: [
      readRoute(inventoryEndpoints.list, async ({ query }) => plain(await listStock(stock, query))),
      readRoute(inventoryEndpoints.get, async ({ params }) =>
        resource(await getStock(stock, params.productId)),
      ),
      writeRoute(
        inventoryEndpoints.put,
        runWrite,
        byProduct,
        async ({ params, body, expectedVersions }, transaction) => {
          await requireProduct(catalogue, params.productId, transaction);
          return resource(
            await setStock(stock, params.productId, body.available, writing(expectedVersions, transaction)),
          );
        },
      ),
      writeRoute(
        inventoryEndpoints.decrease,
        runWrite,
        byProduct,
        async ({ params, body, expectedVersions }, transaction) =>
          resource(
            await decreaseStock(
              stock,
              params.productId,
              body.quantity,
              writing(expectedVersions, transaction),
            ),
          ),
      ),
      writeRoute(
        inventoryEndpoints.increase,
        runWrite,
        byProduct,
        async ({ params, body, expectedVersions }, transaction) =>
          resource(
            await increaseStock(
              stock,
              params.productId,
              body.quantity,
              writing(expectedVersions, transaction),
            ),
          ),
      ),
    ],
  };
}

async function requireProduct(
  catalogue: Catalogue,
  productId: string,
  transaction: Transaction,
): Promise<void> {
  const found = await catalogue.findProducts([productId], transaction);
  if (!found.has(productId))
    throw new AppError('not_found', `There is no product ${productId}: create it first`);
}
