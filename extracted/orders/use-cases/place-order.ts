import type { Transaction } from 'sequelize';
import type { Money } from '#contracts/http/fields.js';
import type { TimelineEntry } from '#contracts/shop/orders.js';
import type { Settlement } from '#contracts/shop/order-requests.js';
import type { PaymentMethod } from '#contracts/shop/payments.js';
import type { PaymentOutcome } from '#contracts/shop/payment-requests.js';
import { resource } from '#platform/http/answers.js';
import { AppError } from '#platform/http/app-error.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import type { Saga, StepContext, StepOutcome } from '#platform/saga/saga.js';
import { type NewOrder, openOrder, placeAgain, type PlacedOrder, toOrder } from '../domain/order.js';
import {
  answerTakenBack,
  type BegunWrite,
  entryNow,
  errorOf,
  isElsewhere,
  isRefusal,
  type OrderWork,
  recorded,
  refusals,
  saveOrder,
} from './order-work.js';
import { describeMoney, Unreachable } from './participants.js';
import { tellCustomer } from './tell-customer.js';

/** What is known of an order while it is being placed. */
export interface Placing {
  order: NewOrder;
  method: PaymentMethod;
  paymentId: string;
  /** Tells this attempt at placing the order from an earlier one under the same id. */
  attempt: number;
  write: BegunWrite;
  /** What has happened so far, for the order's timeline. */
  entries: TimelineEntry[];
}

type Context = StepContext<Placing>;

/** How long failures of a participant are met by trying again; a client waits 5 seconds for its answer. */
const patienceMs = 3_000;

/** Placing an order: all of these steps, or none. */
export function placeOrderSaga(work: OrderWork): Saga<Placing> {
  const { stock, payments, settleElsewhere } = work.participants;
  return {
    name: 'place order',
    steps: [
      {
        name: 'open order',
        kind: 'local',
        run: (context, transaction) => keepNewOrder(work, context.data, transaction),
        compensate: (context, transaction) => rejectOrder(work, context, transaction),
        elsewhere: { compensate: (context) => settleElsewhere(rejection(work, context)) },
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
        elsewhere: { run: ({ data }) => settleElsewhere(confirmation(work, data)) },
      },
    ],
    isRefusal,
    isUndelivered: (error) => error instanceof Unreachable,
    isElsewhere,
    forget: ['order', 'method', 'entries'],
  };
}

/** Everything that a saga needs to know to place this order, whoever carries it on. */
export function placing(order: NewOrder, method: PaymentMethod, write: BegunWrite, now: Date): Placing {
  const { amount, currency } = amountOf(order);
  const paymentId = deriveId('payments', order.orderId, String(amount), currency, method.token);
  return { order, method, paymentId, attempt: now.getTime(), write, entries: [] };
}

async function keepNewOrder(
  work: OrderWork,
  { order: wanted }: Placing,
  transaction: Transaction,
): Promise<void> {
  const { orders, clock } = work;
  const known = await orders.lock(wanted.orderId, transaction);
  if (known) await keepAgain(work, known, wanted, transaction);
  else await orders.insert(openOrder(wanted, clock()), transaction);
  const products = `${wanted.lines.length} ${wanted.lines.length === 1 ? 'product' : 'products'}`;
  await orders.addToTimeline(wanted.orderId, [entryNow(work, 'order.placed', products)], transaction);
}

/** An order's id follows from its client's key: it is taken, unless what came of it was nobody's decision. */
async function keepAgain(
  { orders, clock }: OrderWork,
  known: PlacedOrder,
  wanted: NewOrder,
  transaction: Transaction,
): Promise<void> {
  const failed = known.reason !== null && !refusals.includes(known.reason);
  const again = failed ? placeAgain(known, wanted, clock()) : undefined;
  if (!again) {
    throw new AppError(
      'idempotency_key_reused',
      `This Idempotency-Key was used for order ${known.orderId}: use a new key for a new order`,
    );
  }
  await orders.update(again, transaction);
  await orders.replaceLines(again, transaction);
}

async function confirmOrder(work: OrderWork, data: Placing, transaction: Transaction): Promise<void> {
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

function confirmation(work: OrderWork, { order, paymentId, write, entries }: Placing): Settlement {
  const { idempotencyKey, path } = write;
  const confirmed = entryNow(work, 'order.confirmed', `payment ${paymentId}`);
  return {
    ...{ orderId: order.orderId, from: ['PENDING'], to: 'CONFIRMED', paymentId },
    ...{ entries: [...entries, confirmed], write: { idempotencyKey, path } },
  };
}

async function rejectOrder(work: OrderWork, context: Context, transaction: Transaction): Promise<void> {
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

function rejection(work: OrderWork, { data, reason }: Context): Settlement {
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
  const declined = entryNow(work, 'payment.declined', 'declined');
  return entries.toSpliced(released < 0 ? entries.length : released, 0, {
    ...declined,
    at: entries[released]?.at ?? declined.at,
  });
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
    throw new AppError('payment_declined', 'The payment was declined: try again with another card');
  if (outcome.outcome === 'unknown' || outcome.outcome === 'none')
    throw new AppError('unavailable', 'Payment service is unavailable', { retryAfter: 2 });
  throw new AppError('timeout', 'Payment provider did not answer in time; nothing was charged');
}

function noted(
  work: OrderWork,
  { entries }: Placing,
  type: TimelineEntry['type'],
  detail: string,
): Partial<Placing> {
  return { entries: [...entries, entryNow(work, type, detail)] };
}

function stockOf({ order, attempt }: Placing) {
  const items = order.lines.map(({ productId, quantity }) => ({ productId, quantity }));
  return { orderId: order.orderId, items, attempt };
}

function unitsOf({ order }: Placing): string {
  const units = order.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  return `${units} ${units === 1 ? 'unit' : 'units'}`;
}

function amountOf({ total, currency }: NewOrder): Money {
  return { amount: total, currency };
}
