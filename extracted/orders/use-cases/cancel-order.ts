import { v7 as uuidv7 } from 'uuid';
import type { Settlement } from '#contracts/shop/order-requests.js';
import type { Order, TimelineEntry } from '#contracts/shop/orders.js';
import { lastAttempt } from '#contracts/shop/reservation.js';
import type { Guarded } from '#platform/database/guarded.js';
import { resource } from '#platform/http/answers.js';
import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import type { Saga } from '#platform/saga/saga.js';
import { describeMoney } from '../domain/describe-money.js';
import { type PlacedOrder, toOrder } from '../domain/order.js';
import {
  answerTakenBack,
  type BegunWrite,
  entryNow,
  isDecision,
  isElsewhere,
  lockOrder,
  type OrderWork,
  recorded,
  saveOrder,
} from './order-work.js';
import { Unreachable } from './participants.js';
import { tellCustomer } from './tell-customer.js';

export interface Cancelling {
  orderId: string;
  items: { productId: string; quantity: number }[];
  paymentId: string | null;
  write: BegunWrite;
  entries: TimelineEntry[];
  /** The order as its owner wrote it down, where that was the other side: a replica may not have it yet. */
  settled?: Order;
}

/**
 * Cancelling an order. Money that is on its way back does not come again: from then on nothing is taken back, and what
 * follows is repeated until it is done.
 */
export function cancelOrderSaga(work: OrderWork): Saga<Cancelling, Guarded<'orders'>> {
  const { stock, payments, settleElsewhere } = work.participants;
  return {
    name: 'cancel order',
    steps: [
      {
        name: 'begin to cancel',
        kind: 'local',
        run: async ({ data: { orderId, paymentId } }, transaction) => {
          if (paymentId !== null) await work.orders.cancellations.note({ orderId, paymentId }, transaction);
        },
        compensate: async ({ data: { orderId, write }, reason }, transaction) => {
          await work.orders.cancellations.drop(orderId, transaction);
          await answerTakenBack(work, write, reason, transaction);
        },
        elsewhere: {
          compensate: async ({ data }) => void (await settleElsewhere(handedOn(data))),
        },
      },
      {
        name: 'give money back',
        kind: 'remote',
        pivot: true,
        patienceMs: 3_000,
        timeoutMs: 8_000,
        run: async ({ data }) => {
          if (data.paymentId === null) return {};
          const { paymentId, orderId, entries } = data;
          const outcome = await payments.giveBack({ paymentId, orderId });
          if (outcome.outcome !== 'refunded') return {};
          const refunded = entryNow(work, 'payment.refunded', describeMoney(outcome.payment.amount));
          return { entries: [...entries, refunded] };
        },
      },
      {
        name: 'put stock back',
        kind: 'remote',
        run: async ({ data }) => {
          const { orderId, items, entries } = data;
          await stock.release({ orderId, items, attempt: lastAttempt });
          const units = items.reduce((sum, { quantity }) => sum + quantity, 0);
          const released = entryNow(work, 'stock.released', `${units} ${units === 1 ? 'unit' : 'units'}`);
          return { entries: [...entries, released] };
        },
      },
      {
        name: 'mark as cancelled',
        kind: 'local',
        run: ({ data }, transaction) => markCancelled(work, data, transaction),
        elsewhere: {
          run: async ({ data }) => ({ settled: await settleElsewhere(cancellation(work, data)) }),
        },
      },
    ],
    // A refund that timed out may have been made: it is asked for again until there is an answer.
    isRefusal: isDecision,
    isUndelivered: (error) => error instanceof Unreachable,
    isElsewhere,
    forget: ['items', 'entries'],
  };
}

/** Begins to cancel an order. @returns id of the saga that does it @throws AppError `not_found`, `version_mismatch`, `invalid_state` */
export async function beginToCancel(
  work: OrderWork,
  write: BegunWrite,
  expected: ExpectedVersions,
  transaction: Guarded<'orders'>,
): Promise<string> {
  const orderId = write.resourceKey;
  const order = await lockOrder(work, orderId, 'cancel', expected, transaction);
  const { paymentId } = order;
  const sagaId = uuidv7();
  const data = { orderId, items: itemsOf(order), paymentId, write, entries: [] };
  await work.sagas.begin(cancelOrderSaga(work), { sagaId, subject: orderId, data }, transaction);
  return sagaId;
}

function itemsOf({ lines }: PlacedOrder): Cancelling['items'] {
  return lines.map(({ productId, quantity }) => ({ productId, quantity }));
}

async function markCancelled(
  work: OrderWork,
  data: Cancelling,
  transaction: Guarded<'orders'>,
): Promise<void> {
  const { orderId, write } = data;
  const order = await work.orders.lock(orderId, transaction);
  if (!order) throw new Error(`order ${orderId} is gone`);
  // The other side may have completed it, when the order was handed over half-way.
  const done = order.status === 'CANCELLED';
  const cancelled = done ? order : await saveOrder(work, order, 'cancel', {}, transaction);
  if (!done) {
    await work.orders.addToTimeline(orderId, cancellation(work, data).entries, transaction);
    await tellCustomer(work, cancelled, 'order-cancelled', transaction);
  }
  await work.orders.cancellations.drop(orderId, transaction);
  await work.giveAnswer(recorded(write), resource(toOrder(cancelled)), transaction);
}

/** The note of the cancellation has gone with the order: its owner completes it, or the client tries again. */
function handedOn({ orderId, write: { idempotencyKey, path } }: Cancelling): Settlement {
  return {
    ...{ orderId, from: ['PENDING', 'CONFIRMED'], to: 'UNCHANGED' },
    ...{ entries: [], write: { idempotencyKey, path } },
  };
}

function cancellation(work: OrderWork, { orderId, entries, write }: Cancelling): Settlement {
  const { idempotencyKey, path } = write;
  const cancelled = entryNow(work, 'order.cancelled', 'at the request of a client');
  return {
    ...{ orderId, from: ['PENDING', 'CONFIRMED'], to: 'CANCELLED' },
    ...{ entries: [...entries, cancelled], write: { idempotencyKey, path } },
  };
}
