import type { Settlement } from '#contracts/shop/order-requests.js';
import type { Order } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { giveAnswer } from '#platform/database/idempotency.js';
import { problem, resource } from '#platform/http/answers.js';
import { AppError } from '#platform/errors/app-error.js';
import { wasDecided } from './order-status.js';
import { toOrder } from './order-tables.js';
import { findLocked, type LockedOrder, type OrderWork, saveOrder } from './order-work.js';
import { type ChangingSettlement, decideSettlement, settlingAction } from './settlement.js';
import { tellCustomer } from './tell-customer.js';

/** What a customer is told of an order that is settled; of one that is rejected its client has the answer. */
const notices = {
  CONFIRMED: 'order-confirmed',
  CANCELLED: 'order-cancelled',
} as const;

/**
 * Writes down what became of an order that the service began to work on, and that was handed over meanwhile. May be
 * asked for again.
 * @param transaction holds the order's ownership
 * @returns the order as it is then
 * @throws AppError `not_found`; `invalid_state` where the order has gone another way
 */
export async function settleOrder(
  work: OrderWork,
  settlement: Settlement,
  transaction: Guarded<'orders'>,
): Promise<Order> {
  const { orderId, to } = settlement;
  const order = await findLocked(work, orderId, transaction);
  const decision = decideSettlement(order.row, settlement);
  if (decision === 'refuse') {
    throw new AppError('invalid_state', `Order ${orderId} is ${order.row.status}: it can't become ${to}`);
  }
  if (decision === 'settle' && changes(settlement)) await settleNow(work, order, settlement, transaction);
  if (to === 'CANCELLED') await work.payments.endCancellation(orderId, transaction);
  const settled = toOrder(order.row, order.items);
  await answerClient(settled, settlement, transaction);
  return settled;
}

function changes(settlement: Settlement): settlement is ChangingSettlement {
  return settlement.to !== 'UNCHANGED';
}

async function settleNow(
  work: OrderWork,
  order: LockedOrder,
  { orderId, to, paymentId, reason, entries }: ChangingSettlement,
  transaction: Guarded<'orders'>,
): Promise<void> {
  const change = {
    ...(paymentId === undefined ? {} : { paymentId }),
    ...(reason === undefined ? {} : { reason }),
  };
  const settled = await saveOrder(work, order, settlingAction[to], change, transaction);
  for (const { at, type, detail } of entries) {
    work.recordEvent({ orderId, type, detail, at: new Date(at) }, transaction);
  }
  if (to !== 'REJECTED') await tellCustomer(work, settled, notices[to], transaction);
}

/** Gives the client's request the answer that it would have had: until now its key was in progress. */
async function answerClient(
  order: Order,
  { orderId, to, reason = 'unavailable', write, problem: why }: Settlement,
  transaction: Guarded<'orders'>,
): Promise<void> {
  const { idempotencyKey, path } = write;
  const record = { capability: 'orders' as const, idempotencyKey, resourceKey: orderId };
  const placed = { location: `/orders/${orderId}` };
  const done = to === 'UNCHANGED' ? order.status === 'CANCELLED' : to !== 'REJECTED';
  if (done) {
    const answer = to === 'CONFIRMED' ? resource(order, 201, placed) : resource(order);
    await giveAnswer(record, answer, transaction);
  } else {
    // A failure is recorded as such: the client's request may be tried again under its key.
    const code = wasDecided(reason) || reason === 'timeout' ? reason : 'unavailable';
    const error = new AppError(code, why?.message ?? reason, why?.errors ? { errors: why.errors } : {});
    await giveAnswer(record, problem(error, path, placed), transaction);
  }
}
