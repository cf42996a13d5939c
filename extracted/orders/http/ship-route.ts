import { ordersEndpoints } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { resource } from '#platform/http/answers.js';
import { describeWrite, type EndpointRequest, type Route, type RunWrite } from '#platform/http/route.js';
import type { OrderWork } from '../use-cases/order-work.js';
import { shipOrder, shipOrderSaga } from '../use-cases/ship-order.js';

/** Ships an order: done by one transaction, and followed by its units, which the client finds gone if they can be. */
export function shipRoute(work: OrderWork & { runWrite: RunWrite<Guarded<'orders'>> }): Route {
  const endpoint = ordersEndpoints.ship;
  return {
    endpoint,
    answer: async (untyped) => {
      const request = untyped as EndpointRequest<typeof endpoint>;
      const { orderId } = request.params;
      let begunId: string | undefined;
      const write = describeWrite(endpoint, request, orderId);
      const answer = await work.runWrite(write, async (transaction) => {
        const { body, expectedVersions } = request;
        const { order, sagaId } = await shipOrder(work, orderId, body, expectedVersions, transaction);
        begunId = sagaId;
        return resource(order);
      });
      if (begunId !== undefined)
        await work.sagas.runSaga(shipOrderSaga(work), begunId, work.timeouts.stockMs);
      return answer;
    },
  };
}
