import { newEvent } from '#contracts/shop/events/define-event.js';
import { orderEvents } from '#contracts/shop/events/order-events.js';
import type { PaymentOutcome } from '#contracts/shop/payment-requests.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import type { Saga, StepOutcome } from '#platform/saga/saga.js';
import { describeMoney } from '../domain/describe-money.js';
import { type NewOrder, openOrder, placeAgain, type PlacedOrder, toOrder } from '../domain/order.js';
import { entryNow, isDecision, isElsewhere, type OrderWork, wasDecided } from './order-work.js';
import { Unreachable } from './participants.js';
import { amountOf, noted, paymentIdOf, type Placing, stockOf, unitsOf } from './placing.js';
import { confirmation, confirmOrder, rejection, rejectOrder } from './settle-placed-order.js';

/** How long failures of a participant are met by trying again; a client waits 5 seconds for its answer. */
const patienceMs = 3_000;

/** Placing an order: all of these steps, or none. */
export function placeOrderSaga(work: OrderWork): Saga<Placing, Guarded<'orders'>> {
  const { stock, payments, settleElsewhere } = work.participants;
  return {
    name: 'place order',
    steps: [
      {
        name: 'open order',
        kind: 'local',
        run: (context, transaction) => keepNewOrder(work, context.data, transaction),
        compensate: (context, transaction) => rejectOrder(work, context, transaction),
        elsewhere: {
          compensate: async (context) => void (await settleElsewhere(rejection(work, context))),
        },
      },
      {
        name: 'reserve stock',
        kind: 'remote',
        patienceMs,
        run: async ({ data }) => {
          await stock.reserve(stockOf(data));
          return noted(work, data, 'stock.reserved', unitsOf(data));
        },
        compensate: async ({ data }) => {
          await stock.release(stockOf(data));
          const reserved = data.entries.some(({ type }) => type === 'stock.reserved');
          return reserved ? noted(work, data, 'stock.released', unitsOf(data)) : {};
        },
      },
      {
        name: 'charge payment',
        kind: 'remote',
        patienceMs,
        timeoutMs: 8_000,
        run: async ({ data }) => {
          const { order, method, paymentId } = data;
          const charge = { paymentId, orderId: order.orderId, amount: amountOf(order), method };
          return captured(work, data, await payments.charge(charge));
        },
        ask: ({ data }) => askForPayment(work, data),
        compensate: async ({ data: { paymentId, order } }) => {
          await payments.giveBack({ paymentId, orderId: order.orderId });
        },
      },
      {
        name: 'confirm order',
        kind: 'local',
        run: (context, transaction) => confirmOrder(work, context.data, transaction),
        elsewhere: {
          run: async ({ data }) => ({ settled: await settleElsewhere(confirmation(work, data)) }),
        },
      },
    ],
    // A void charge times out for good: its id can't be charged again, only that of another attempt.
    isRefusal: (error) => isDecision(error) || (error instanceof AppError && error.code === 'timeout'),
    isUndelivered: (error) => error instanceof Unreachable,
    isElsewhere,
    forget: ['order', 'method', 'entries'],
  };
}

async function keepNewOrder(
  work: OrderWork,
  { order: wanted, method }: Placing,
  transaction: Guarded<'orders'>,
): Promise<Partial<Placing>> {
  const { orders, clock } = work;
  const known = await orders.lock(wanted.orderId, transaction);
  const placed = known ? await keepAgain(work, known, wanted, transaction) : openOrder(wanted, clock());
  if (!known) await orders.insert(placed, transaction);
  await work.say([newEvent(orderEvents.placed, placed.orderId, { order: toOrder(placed) })], transaction);
  const products = `${wanted.lines.length} ${wanted.lines.length === 1 ? 'product' : 'products'}`;
  await orders.addToTimeline(wanted.orderId, [entryNow(work, 'order.placed', products)], transaction);
  return { paymentId: paymentIdOf(placed, method) };
}

/** An order's id follows from its client's key: it is taken, unless what came of it was nobody's decision. */
async function keepAgain(
  { orders, clock }: OrderWork,
  known: PlacedOrder,
  wanted: NewOrder,
  transaction: Guarded<'orders'>,
): Promise<PlacedOrder> {
  const failed = known.reason !== null && !wasDecided(known.reason);
  const again = failed ? placeAgain(known, wanted, clock()) : undefined;
  if (!again) {
    throw new AppError(
      'idempotency_key_reused',
      `This Idempotency-Key was used for order ${known.orderId}: use a new key for a new order`,
    );
  }
  await orders.update(again, transaction);
  await orders.replaceLines(again, transaction);
  return again;
}

async function askForPayment(work: OrderWork, data: Placing): Promise<StepOutcome<Placing>> {
  const outcome = await work.participants.payments.outcome(data.paymentId);
  if (outcome.outcome === 'none') return { outcome: 'not-done' };
  if (outcome.outcome === 'unknown') return { outcome: 'unknown' };
  return { outcome: 'done', data: captured(work, data, outcome) };
}

/** @throws AppError `payment_declined`, `timeout`: nothing is charged, and nothing will be */
function captured(work: OrderWork, data: Placing, outcome: PaymentOutcome): Partial<Placing> {
  if (outcome.outcome === 'captured') {
    const { amount, method } = outcome.payment;
    const detail = `${describeMoney(amount)} by card ending in ${method.last4}`;
    return noted(work, data, 'payment.captured', detail);
  }
  if (outcome.outcome === 'declined')
    throw new AppError('payment_declined', 'The payment was declined: try again with another card', {
      cause: outcome.reason,
    });
  if (outcome.outcome === 'unknown' || outcome.outcome === 'none')
    throw new AppError('unavailable', 'Payment service is unavailable', { retryAfter: 2 });
  throw new AppError('timeout', 'Payment provider did not answer in time; nothing was charged');
}
