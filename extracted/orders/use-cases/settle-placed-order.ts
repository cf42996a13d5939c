import type { Settlement } from '#contracts/shop/order-requests.js';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { resource } from '#platform/http/answers.js';
import { AppError } from '#platform/errors/app-error.js';
import type { StepContext } from '#platform/saga/saga.js';
import { toOrder } from '../domain/order.js';
import { answerTakenBack, entryNow, errorOf, type OrderWork, recorded, saveOrder } from './order-work.js';
import type { Placing } from './placing.js';
import { tellCustomer } from './tell-customer.js';

type Context = StepContext<Placing>;

/** Confirms an order whose stock and payment are there. @throws AppError `invalid_state` if it went another way */
export async function confirmOrder(
  work: OrderWork,
  data: Placing,
  transaction: Guarded<'orders'>,
): Promise<void> {
  const { order, paymentId, write } = data;
  const pending = await work.orders.lock(order.orderId, transaction);
  if (!pending) throw new AppError('not_found', `There is no order ${order.orderId}`);
  // The other side may have done it, when the order changed hands and came back.
  const done = pending.status === 'CONFIRMED' && pending.paymentId === paymentId;
  const confirmed = done ? pending : await saveOrder(work, pending, 'confirm', { paymentId }, transaction);
  if (!done) {
    await work.orders.addToTimeline(order.orderId, confirmation(work, data).entries, transaction);
    await tellCustomer(work, confirmed, 'order-confirmed', transaction);
  }
  const answer = resource(toOrder(confirmed), 201, { location: `/orders/${order.orderId}` });
  await work.giveAnswer(recorded(write), answer, transaction);
}

/** The same, for the side that owns the order by now. */
export function confirmation(work: OrderWork, { order, paymentId, write, entries }: Placing): Settlement {
  const { idempotencyKey, path } = write;
  const confirmed = entryNow(work, 'order.confirmed', `payment ${paymentId}`);
  return {
    ...{ orderId: order.orderId, from: ['PENDING'], to: 'CONFIRMED', paymentId },
    ...{ entries: [...entries, confirmed], write: { idempotencyKey, path } },
  };
}

/** Rejects an order of which nothing is kept. */
export async function rejectOrder(
  work: OrderWork,
  context: Context,
  transaction: Guarded<'orders'>,
): Promise<void> {
  const { write, order } = context.data;
  const error = errorOf(context.reason);
  const pending = await work.orders.lock(order.orderId, transaction);
  // The other side may have cancelled it meanwhile.
  if (pending?.status === 'PENDING') {
    await saveOrder(work, pending, 'reject', { reason: error.code }, transaction);
    await work.orders.addToTimeline(order.orderId, rejection(work, context).entries, transaction);
  }
  const location = `/orders/${order.orderId}`;
  await answerTakenBack(work, write, context.reason, transaction, { location });
}

/** The same, for the side that owns the order by now. */
export function rejection(work: OrderWork, { data, reason }: Context): Settlement {
  const { idempotencyKey, path } = data.write;
  const error = errorOf(reason);
  const { errors } = error.options;
  const rejected = entryNow(work, 'order.rejected', error.code);
  return {
    ...{ orderId: data.order.orderId, from: ['PENDING'], to: 'REJECTED', reason: error.code },
    ...{ entries: [...declinedFirst(work, data, error), rejected], write: { idempotencyKey, path } },
    problem: { message: error.message, ...(errors ? { errors } : {}) },
  };
}

/** What was declined stands where it happened: before the stock went back. */
function declinedFirst(work: OrderWork, { entries }: Placing, error: AppError): TimelineEntry[] {
  if (error.code !== 'payment_declined') return entries;
  const released = entries.findIndex(({ type }) => type === 'stock.released');
  const why = typeof error.cause === 'string' ? error.cause : 'declined';
  const declined = entryNow(work, 'payment.declined', why);
  return entries.toSpliced(released < 0 ? entries.length : released, 0, {
    ...declined,
    at: entries[released]?.at ?? declined.at,
  });
}
