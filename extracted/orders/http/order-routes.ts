import type { Transaction } from 'sequelize';
import type { Endpoint } from '#contracts/http/endpoint.js';
import { ordersEndpoints } from '#contracts/shop/orders.js';
import { begun } from '#platform/database/idempotency.js';
import { plain, resource } from '#platform/http/answers.js';
import {
  type Answer,
  type EndpointRequest,
  readRoute,
  type Route,
  type RunWrite,
  writeRoute,
} from '#platform/http/route.js';
import { changeContact } from '../use-cases/change-contact.js';
import { beginToCancel, cancelOrderSaga } from '../use-cases/cancel-order.js';
import type { BegunWrite, OrderWork } from '../use-cases/order-work.js';
import {
  getOrder,
  listOrders,
  type ReadWork,
  summariseCustomer,
  trackOrder,
} from '../use-cases/read-orders.js';
import { beginToShip, deliverOrder, shipOrderSaga } from '../use-cases/ship-order.js';
import { awaitAnswer } from './await-answer.js';
import { placeRoute } from './place-route.js';

export type OrderRouteWork = OrderWork & ReadWork & { runWrite: RunWrite<Transaction> };

/** The endpoints of orders, bound to their use cases. */
export function orderRoutes(work: OrderRouteWork): Route[] {
  return [...readRoutes(work), placeRoute(work), ...localRoutes(work), ...sagaRoutes(work)];
}

function readRoutes(work: OrderRouteWork): Route[] {
  return [
    readRoute(ordersEndpoints.list, async ({ query }) => plain(await listOrders(work, query))),
    readRoute(ordersEndpoints.get, async ({ params }) =>
      resource(await getOrder(work.orders, params.orderId)),
    ),
    readRoute(ordersEndpoints.tracking, async ({ params }) => plain(await trackOrder(work, params.orderId))),
    readRoute(ordersEndpoints.summary, async ({ params }) =>
      plain(await summariseCustomer(work, params.customerId)),
    ),
  ];
}

const byOrder = ({ params }: { params: { orderId: string } }) => params.orderId;

function localRoutes(work: OrderRouteWork): Route[] {
  return [
    writeRoute(
      ordersEndpoints.change,
      work.runWrite,
      byOrder,
      async ({ params, body, expectedVersions }, transaction) =>
        resource(await changeContact(work, params.orderId, body, expectedVersions, transaction)),
    ),
    writeRoute(
      ordersEndpoints.deliver,
      work.runWrite,
      byOrder,
      async ({ params, expectedVersions }, transaction) =>
        resource(await deliverOrder(work, params.orderId, expectedVersions, transaction)),
    ),
  ];
}

function sagaRoutes(work: OrderRouteWork): Route[] {
  return [
    sagaRoute(work, ordersEndpoints.cancel, cancelOrderSaga(work), (request, write, transaction) =>
      beginToCancel(work, write, request.expectedVersions, transaction),
    ),
    sagaRoute(
      work,
      ordersEndpoints.ship,
      shipOrderSaga(work),
      ({ body, expectedVersions }, write, transaction) =>
        beginToShip(work, write, body, expectedVersions, transaction),
    ),
  ];
}

type ByOrder = Endpoint & { params: typeof ordersEndpoints.get.params };

/** Binds an endpoint whose write is only begun in its own transaction, and ended by a saga. */
function sagaRoute<E extends ByOrder, Data>(
  work: OrderRouteWork,
  endpoint: E,
  saga: Parameters<typeof awaitAnswer<Data>>[1],
  begin: (request: EndpointRequest<E>, write: BegunWrite, transaction: Transaction) => Promise<string>,
): Route {
  const route = writeRoute(
    endpoint,
    work.runWrite,
    ({ params }) => params.orderId,
    async (request, transaction) => {
      const { idempotencyKey, path, params } = request;
      const write = { idempotencyKey, path, resourceKey: params.orderId };
      return { status: begun, body: { sagaId: await begin(request, write, transaction) } };
    },
  );
  return {
    endpoint,
    answer: async (request) => {
      const { orderId } = request.params as { orderId: string };
      const first: Answer = await route.answer(request);
      return first.status === begun ? awaitAnswer(work, saga, first, { orderId, path: request.path }) : first;
    },
  };
}
