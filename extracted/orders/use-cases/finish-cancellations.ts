import type { Guarded } from '#platform/database/guarded.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { beginToCancel } from './cancel-order.js';
import { isElsewhere, type OrderWork } from './order-work.js';

const batch = 20;

/**
 * Completes cancellations that came with their orders from the other side, or that nothing works on any more. Those of
 * orders that this side does not own are left to the other. One that can't be completed now is tried again later.
 * @param guarded runs work in a transaction that holds the order
 * @param ageMs how long nothing must have been heard of one: more than any request takes
 */
export async function finishCancellations(
  work: OrderWork,
  guarded: (orderId: string, begin: (transaction: Guarded<'orders'>) => Promise<void>) => Promise<void>,
  ageMs: number,
  logger: Logger,
): Promise<void> {
  for (const orderId of await work.orders.cancellations.claimAbandoned(ageMs, batch)) {
    await guarded(orderId, (transaction) => finish(work, orderId, transaction)).catch((error: unknown) => {
      if (isElsewhere(error)) return;
      logger.warn({ err: error, orderId }, 'an interrupted cancellation is still open');
    });
  }
}

async function finish(work: OrderWork, orderId: string, transaction: Guarded<'orders'>): Promise<void> {
  const order = await work.orders.lock(orderId, transaction);
  if (order?.status === 'CANCELLED') return work.orders.cancellations.drop(orderId, transaction);
  if (await work.sagas.workingOn(orderId, transaction)) return;
  const write = { idempotencyKey: undefined, path: `/orders/${orderId}/cancel`, resourceKey: orderId };
  await beginToCancel(work, write, undefined, transaction);
}
