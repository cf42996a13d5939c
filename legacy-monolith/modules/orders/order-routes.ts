import { ordersEndpoints } from '#contracts/shop/orders.js';
import { plain, problem, resource } from '#platform/http/answers.js';
import {
  describeWrite,
  type EndpointRequest,
  readRoute,
  type Route,
  writeRoute,
} from '#platform/http/route.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import { isSpent } from '../payments/index.js';
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

/** Places an order. Where recovery has ended its payment, the rejected order is placed again at once, with another one. */
function placeRoute(work: OrderWork): Route {
  const endpoint = ordersEndpoints.create;
  return {
    endpoint,
    answer: async (untyped) => {
      const request = untyped as EndpointRequest<typeof endpoint>;
      const { assignedId, idempotencyKey, body, path } = request;
      const orderId = assignedId ?? chooseId('orders', idempotencyKey);
      const location = `/orders/${orderId}`;
      let spent = false;
      const place = () =>
        work.runWrite.orders(describeWrite(endpoint, request, orderId), async (transaction) => {
          const { order, refused } = await placeOrder(work, { ...body, orderId }, transaction);
          spent = isSpent(refused);
          return refused ? problem(refused, path, { location }) : resource(order, 201, { location });
        });
      const first = await place();
      return spent ? place() : first;
    },
  };
}

function changeRoutes(work: OrderWork): Route[] {
  const byOrder = ({ params }: { params: { orderId: string } }) => params.orderId;
  return [
    writeRoute(
      ordersEndpoints.change,
      work.runWrite.orders,
      byOrder,
      async ({ params, body, expectedVersions }, transaction) =>
        resource(await changeOrder(work, params.orderId, body, expectedVersions, transaction)),
    ),
    writeRoute(
      ordersEndpoints.cancel,
      work.runWrite.orders,
      byOrder,
      async ({ params, expectedVersions }, transaction) =>
        resource(await cancelOrder(work, params.orderId, expectedVersions, transaction)),
    ),
    writeRoute(
      ordersEndpoints.ship,
      work.runWrite.orders,
      byOrder,
      async ({ params, body, expectedVersions }, transaction) =>
        resource(await shipOrder(work, params.orderId, body, expectedVersions, transaction)),
    ),
    writeRoute(
      ordersEndpoints.deliver,
      work.runWrite.orders,
      byOrder,
      async ({ params, expectedVersions }, transaction) =>
        resource(await deliverOrder(work, params.orderId, expectedVersions, transaction)),
    ),
  ];
}
