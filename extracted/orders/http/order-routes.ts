import { ordersEndpoints } from '#contracts/shop/orders.js';
import { begun } from '#platform/database/idempotency.js';
import { plain, resource } from '#platform/http/answers.js';
import { type Answer, readRoute, type Route, writeRoute } from '#platform/http/route.js';
import { changeContact } from '../use-cases/change-contact.js';
import { beginToCancel, cancelOrderSaga } from '../use-cases/cancel-order.js';
import {
  getOrder,
  listOrders,
  type ReadWork,
  summariseCustomer,
  trackOrder,
} from '../use-cases/read-orders.js';
import { deliverOrder } from '../use-cases/ship-order.js';
import { awaitAnswer } from './await-answer.js';
import { type PlaceWork, placeRoute } from './place-route.js';
import { shipRoute } from './ship-route.js';

export type OrderRouteWork = PlaceWork & ReadWork;

/** The endpoints of orders, bound to their use cases. */
export function orderRoutes(work: OrderRouteWork): Route[] {
  return [...readRoutes(work), placeRoute(work), ...localRoutes(work), cancelRoute(work), shipRoute(work)];
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

/** A write that is only begun in its own transaction, and ended by a saga. */
function cancelRoute(work: OrderRouteWork): Route {
  const endpoint = ordersEndpoints.cancel;
  const route = writeRoute(endpoint, work.runWrite, byOrder, async (request, transaction) => {
    const { idempotencyKey, path, params, expectedVersions } = request;
    const write = { idempotencyKey, path, resourceKey: params.orderId };
    return {
      status: begun,
      body: { sagaId: await beginToCancel(work, write, expectedVersions, transaction) },
    };
  });
  return {
    endpoint,
    answer: async (request) => {
      const { orderId } = request.params as { orderId: string };
      const first: Answer = await route.answer(request);
      if (first.status !== begun) return first;
      return awaitAnswer(work, cancelOrderSaga(work), first, { orderId, path: request.path });
    },
  };
}
