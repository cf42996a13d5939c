import type { Sequelize, Transaction } from 'sequelize';
import { inventoryEndpoints } from '#contracts/shop/inventory.js';
import { AppError } from '#platform/errors/app-error.js';
import { plain, resource } from '#platform/http/answers.js';
import { readRoute, type Route, writeRoute } from '#platform/http/route.js';
import type { Ask } from '#platform/messaging/ask-service.js';
import type { RequestRoute } from '#platform/messaging/serve-requests.js';
import type { RepeatedTask } from '#platform/resilience/repeat-task.js';
import type { ModuleContext } from '../../context/module-context.js';
import { createTaskWorker } from '../../order-tasks/task-worker.js';
import { remoteService } from '../../context/remote-service.js';
import type { Catalogue } from '../catalogue/index.js';
import { inventoryRequestRoutes } from './answer-requests.js';
import { decreaseStock, increaseStock, setStock, type StockWrite } from './change-stock.js';
import { finishStockTask, type StockTask, stockTasks } from './finish-stock-task.js';
import { createOrderStock, type OrderedStock, type OrderStockPort } from './order-stock.js';
import { getStock, listStock } from './read-stock.js';
import { defineReservationTable } from './reservation-table.js';
import { defineStockTable, type StockTable } from './stock-table.js';

export type { OrderedStock, OrderStockPort };

/** What there is of each product, and what is set aside for orders. */
export interface Inventory {
  routes: Route[];
  /** What services may ask over NATS. */
  requests: RequestRoute[];
  /** Stock as orders use it, on whichever side it is. */
  orders: OrderStockPort;
  /** Does what is still to be done about stock of orders. */
  finishing: RepeatedTask;
}

export interface InventoryOptions {
  /** Way to the inventory service; without it the monolith works with what it owns. */
  ask?: Ask | undefined;
  /** Connections beside those of the requests, for notes that outlive a request's transaction. */
  own: Sequelize;
  /** Age at which a reservation at the service counts as abandoned by a crash, in milliseconds. */
  recoverAfterMs: number;
}

export function createInventory(
  context: ModuleContext,
  catalogue: Catalogue,
  { ask, own, recoverAfterMs }: InventoryOptions,
): Inventory {
  const { database, clock, say } = context;
  const stock = defineStockTable(database);
  const remote = remoteService(ask, 'inventory service');
  const local = { stock, reservations: defineReservationTable(database), clock, say };
  const work = { ...context, local, remote };
  const tasks = createTaskWorker<StockTask['detail']>(context, {
    about: 'stock',
    kinds: stockTasks,
    finish: (task) => finishStockTask(work, task),
  });
  return {
    routes: stockRoutes(context, catalogue, stock),
    requests: inventoryRequestRoutes(context, local),
    orders: createOrderStock({ ...work, own, abandonedAfterMs: recoverAfterMs, tasks }),
    finishing: tasks.finishing,
  };
}

function stockRoutes({ runWrite, clock }: ModuleContext, catalogue: Catalogue, stock: StockTable): Route[] {
  const writing = (expected: StockWrite['expected'], transaction: StockWrite['transaction']) => ({
    expected,
    now: clock(),
    transaction,
  });
  const byProduct = ({ params }: { params: { productId: string } }) => params.productId;
  return [
    readRoute(inventoryEndpoints.list, async ({ query }) => plain(await listStock(stock, query))),
    readRoute(inventoryEndpoints.get, async ({ params }) =>
      resource(await getStock(stock, params.productId)),
    ),
    writeRoute(
      inventoryEndpoints.put,
      runWrite.inventory,
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
      runWrite.inventory,
      byProduct,
      async ({ params, body, expectedVersions }, transaction) =>
        resource(
          await decreaseStock(params.productId, body.quantity, writing(expectedVersions, transaction)),
        ),
    ),
    writeRoute(
      inventoryEndpoints.increase,
      runWrite.inventory,
      byProduct,
      async ({ params, body, expectedVersions }, transaction) =>
        resource(
          await increaseStock(params.productId, body.quantity, writing(expectedVersions, transaction)),
        ),
    ),
  ];
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
