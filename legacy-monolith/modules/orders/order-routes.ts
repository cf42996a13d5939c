import { ordersEndpoints } from '#contracts/shop/orders.js';
import { plain, problem, resource } from '#platform/http/answers.js';
import { readRoute, type Route, writeRoute } from '#platform/http/route.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import { cancelOrder } from './cancel-order.js';
import { changeOrder } from './change-order.js';
import type { OrderWork } from './order-work.js';
import { placeOrder } from './place-order.js';
import { getOrder, listOrders, trackOrder } from './read-orders.js';
import { deliverOrder, shipOrder } from './ship-order.js';
import { summariseCustomer } from './summarise-customer.js';

/** The endpoints of orders, bound to their use cases. */
export function orderRoutes(work: OrderWork): Route[] {
  return [...readRoutes(work), placeRoute(work), ...changeRoutes(work)];
}

function readRoutes(work: OrderWork): Route[] {
  return [
    readRoute(ordersEndpoints.list, async ({ query }) => plain(await listOrders(work, query))),
    readRoute(ordersEndpoints.get, async ({ params }) => resource(await getOrder(work, params.orderId))),
    readRoute(ordersEndpoints.tracking, async ({ params }) =>
      plain(await trackOrder(work, work.timeline, params.orderId)),
    ),
    readRoute(ordersEndpoints.summary, async ({ params }) =>
      plain(await summariseCustomer(work.database, params.customerId)),
    ),
  ];
}

function placeRoute(work: OrderWork): Route {
  return writeRoute(
    ordersEndpoints.create,
    work.runWrite,
    ({ assignedId, idempotencyKey }) => assignedId ?? chooseId('orders', idempotencyKey),
    async ({ body, path }, transaction, orderId) => {
      const { order, refused } = await placeOrder(work, { ...body, orderId }, transaction);
      const location = `/orders/${orderId}`;
      return refused ? problem(refused, path, { location }) : resource(order, 201, { location });
    },
  );
}

function changeRoutes(work: OrderWork): Route[] {
  const byOrder = ({ params }: { params: { orderId: string } }) => params.orderId;
  return [
    writeRoute(
      ordersEndpoints.change,
      work.runWrite,
      byOrder,
      async ({ params, body, expectedVersions }, transaction) =>
        resource(await changeOrder(work, params.orderId, body, expectedVersions, transaction)),
    ),
    writeRoute(
      ordersEndpoints.cancel,
      work.runWrite,
      byOrder,
      async ({ params, expectedVersions }, transaction) =>
        resource(await cancelOrder(work, params.orderId, expectedVersions, transaction)),
    ),
    writeRoute(
      ordersEndpoints.ship,
      work.runWrite,
      byOrder,
      async ({ params, body, expectedVersions }, transaction) =>
        resource(await shipOrder(work, params.orderId, body, expectedVersions, transaction)),
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
