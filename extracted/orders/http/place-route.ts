import { v7 as uuidv7 } from 'uuid';
import { ordersEndpoints } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { begun } from '#platform/database/idempotency.js';
import { problem, resource } from '#platform/http/answers.js';
import {
  type Answer,
  describeWrite,
  type EndpointRequest,
  type Route,
  type RunWrite,
} from '#platform/http/route.js';
import { chooseId } from '#platform/ownership/derive-id.js';
import { type BegunWrite, errorOf, isElsewhere, type OrderWork, recorded } from '../use-cases/order-work.js';
import { placeOrderSaga } from '../use-cases/place-order.js';
import { placing } from '../use-cases/placing.js';
import { quoteOrder } from '../use-cases/quote-order.js';
import { getOrder } from '../use-cases/read-orders.js';

export type PlaceWork = OrderWork & {
  runWrite: RunWrite<Guarded<'orders'>>;
  /** Runs work in a transaction that holds the order. @throws AppError `not_owner` */
  guarded: (orderId: string, work: (transaction: Guarded<'orders'>) => Promise<unknown>) => Promise<unknown>;
};
type PlaceRequest = EndpointRequest<typeof ordersEndpoints.create>;

/** Places an order: written down in one transaction, and then carried on by its saga. */
export function placeRoute(work: PlaceWork): Route {
  return {
    endpoint: ordersEndpoints.create,
    answer: async (untyped) => {
      const request = untyped as PlaceRequest;
      const orderId = request.assignedId ?? chooseId('orders', request.idempotencyKey);
      const first = await begin(work, request, orderId);
      if (first.status !== begun) return first;
      const { sagaId } = first.body as { sagaId: string };
      return ended(work, sagaId, writeOf(request, orderId));
    },
  };
}

/**
 * The catalogue is asked before the transaction, which holds the order's bucket; what it says, an error too, counts
 * inside: a repeated request is given its first answer, whatever the catalogue says now.
 */
async function begin(work: PlaceWork, request: PlaceRequest, orderId: string): Promise<Answer> {
  const quote = quoteOrder(work.participants.findProducts, orderId, request.body);
  await quote.catch(() => undefined);
  const write = describeWrite(ordersEndpoints.create, request, orderId);
  return work.runWrite(write, async (transaction) => {
    const data = placing(await quote, request.body.payment, writeOf(request, orderId), work.clock());
    const start = { sagaId: uuidv7(), subject: orderId, data };
    await work.sagas.begin(placeOrderSaga(work), start, transaction);
    return { status: begun, body: { sagaId: start.sagaId } };
  });
}

function writeOf({ idempotencyKey, path }: PlaceRequest, orderId: string): BegunWrite {
  return { idempotencyKey, path, resourceKey: orderId };
}

async function ended(work: PlaceWork, sagaId: string, write: BegunWrite): Promise<Answer> {
  const { path, resourceKey: orderId } = write;
  const location = `/orders/${orderId}`;
  const saga = await work.sagas.runSaga(placeOrderSaga(work), sagaId, work.timeouts.answerMs);
  if (saga.status === 'compensated') return problem(errorOf(saga.reason), path, { location });
  const order = saga.data.settled ?? (await getOrder(work.orders, orderId));
  if (saga.ended) return resource(order, 201, { location });
  const pending = resource(order, 202, { location });
  try {
    await work.guarded(orderId, (transaction) => work.giveAnswer(recorded(write), pending, transaction));
  } catch (error) {
    // The order has moved to the other side, and its idempotency record with it: that side records the final answer.
    if (!isElsewhere(error)) throw error;
  }
  return pending;
}
