import type { Transaction } from 'sequelize';
import { v7 as uuidv7 } from 'uuid';
import type { Settlement } from '#contracts/shop/order-requests.js';
import type { Order } from '#contracts/shop/orders.js';
import { lastAttempt } from '#contracts/shop/reservation.js';
import { resource } from '#platform/http/answers.js';
import { AppError } from '#platform/http/app-error.js';
import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import type { Saga } from '#platform/saga/saga.js';
import { type Shipment, toOrder } from '../domain/order.js';
import { type Cancelling, itemsOf } from './cancel-order.js';
import {
  answerTakenBack,
  isRefusal,
  type BegunWrite,
  entryNow,
  isElsewhere,
  lockOrder,
  type OrderWork,
  recorded,
  saveOrder,
} from './order-work.js';
import { Unreachable } from './participants.js';
import { tellCustomer } from './tell-customer.js';

export interface Shipping extends Omit<Cancelling, 'paymentId' | 'entries'> {
  shipment: Shipment;
}

/** Handing an order to a carrier: units that have left the house are not put back, so the order follows them. */
export function shipOrderSaga(work: OrderWork): Saga<Shipping> {
  return {
    name: 'ship order',
    steps: [
      {
        name: 'begin to ship',
        kind: 'local',
        run: () => Promise.resolve(),
        compensate: ({ data, reason }, transaction) => answerTakenBack(work, data.write, reason, transaction),
      },
      {
        name: 'take units out of the house',
        kind: 'remote',
        pivot: true,
        patienceMs: 3_000,
        run: ({ data: { orderId, items } }) =>
          work.participants.stock.ship({ orderId, items, attempt: lastAttempt }),
      },
      {
        name: 'mark as shipped',
        kind: 'local',
        run: ({ data }, transaction) => markShipped(work, data, transaction),
        elsewhere: { run: ({ data }) => work.participants.settleElsewhere(shipping(work, data)) },
      },
    ],
    isRefusal,
    isUndelivered: (error) => error instanceof Unreachable,
    isElsewhere,
    forget: ['items'],
  };
}

/** Begins to ship an order. @returns id of the saga that does it @throws AppError `not_found`, `version_mismatch`, `invalid_state` */
export async function beginToShip(
  work: OrderWork,
  write: BegunWrite,
  shipment: Shipment,
  expected: ExpectedVersions,
  transaction: Transaction,
): Promise<string> {
  const orderId = write.resourceKey;
  const order = await lockOrder(work, orderId, 'ship', expected, transaction);
  if (await work.orders.cancellations.isNoted(orderId, transaction)) {
    throw new AppError(
      'invalid_state',
      `Order ${orderId} is being cancelled: its payment is on its way back`,
    );
  }
  const sagaId = uuidv7();
  const data = { orderId, items: itemsOf(order), shipment, write };
  await work.sagas.begin(shipOrderSaga(work), { sagaId, subject: orderId, data }, transaction);
  return sagaId;
}

async function markShipped(work: OrderWork, data: Shipping, transaction: Transaction): Promise<void> {
  const { orderId, shipment, write } = data;
  const order = await work.orders.lock(orderId, transaction);
  if (!order) throw new Error(`order ${orderId} is gone`);
  const done = order.status === 'SHIPPED' || order.status === 'DELIVERED';
  const shipped = done ? order : await saveOrder(work, order, 'ship', { shipment }, transaction);
  if (!done) {
    await work.orders.addToTimeline(orderId, shipping(work, data).entries, transaction);
    await tellCustomer(work, shipped, 'order-shipped', transaction);
  }
  await work.giveAnswer(recorded(write), resource(toOrder(shipped)), transaction);
}

function shipping(work: OrderWork, { orderId, shipment, write }: Shipping): Settlement {
  const { idempotencyKey, path } = write;
  const shipped = entryNow(work, 'order.shipped', `${shipment.carrier} ${shipment.trackingNumber}`);
  return {
    ...{ orderId, from: ['CONFIRMED'], to: 'SHIPPED', shipment },
    ...{ entries: [shipped], write: { idempotencyKey, path } },
  };
}

/**
 * Notes that a shipped order has arrived.
 * @throws AppError `not_found`, `version_mismatch`, `invalid_state`
 */
export async function deliverOrder(
  work: OrderWork,
  orderId: string,
  expected: ExpectedVersions,
  transaction: Transaction,
): Promise<Order> {
  const order = await lockOrder(work, orderId, 'deliver', expected, transaction);
  const delivered = await saveOrder(work, order, 'deliver', {}, transaction);
  const entry = entryNow(work, 'order.delivered', `by ${order.shipment?.carrier}`);
  await work.orders.addToTimeline(orderId, [entry], transaction);
  await tellCustomer(work, delivered, 'order-delivered', transaction);
  return toOrder(delivered);
}
