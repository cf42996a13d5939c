import type { Order } from '#contracts/shop/orders.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import type { ChosenPayment, OrderCharge } from '../payments/index.js';
import { openOrder, type OrderRequest } from './open-order.js';
import { type LockedOrder, type OrderWork, saveOrder, stockOf } from './order-work.js';
import { priceOrder } from './price-order.js';
import { recordStock } from './record-stock.js';
import { runSteps, type Step } from './run-steps.js';
import { tellCustomer } from './tell-customer.js';
import { toOrder } from './order-tables.js';

/** An order while it is being placed. */
interface Placing {
  work: OrderWork;
  order: LockedOrder;
  charge: OrderCharge;
  payment: ChosenPayment;
  transaction: Guarded<'orders'>;
}

/**
 * What placing an order consists of. A refused step takes back those before it. Nothing after the payment can
 * be refused, and what a crash leaves behind at the provider is settled by the payments module.
 */
const steps: readonly Step<Placing>[] = [
  { name: 'reserve stock', run: reserveStock, compensate: takeStockBack },
  { name: 'charge payment', run: chargePayment },
  { name: 'confirm order', run: confirmOrder },
  {
    name: 'tell customer',
    run: ({ work, order, transaction }) =>
      tellCustomer(work, toOrder(order.row, order.items), 'order-confirmed', transaction),
  },
];

const refusals = ['insufficient_stock', 'payment_declined', 'timeout'];

/** A placed order; `refused` says why where it was rejected, which is for good unless that is a 5xx. */
export interface PlacedOrder {
  order: Order;
  refused?: AppError;
}

/**
 * Places an order, all of it in one transaction. A refused order is kept as `REJECTED`.
 * @throws AppError `not_found`, `invalid_request`, `unavailable`: nothing is kept then
 */
export async function placeOrder(
  work: OrderWork,
  request: OrderRequest,
  transaction: Guarded<'orders'>,
): Promise<PlacedOrder> {
  const productIds = request.items.map(({ productId }) => productId);
  const priced = priceOrder(request.items, await work.catalogue.findProducts(productIds, transaction));
  const amount = { amount: priced.total, currency: priced.currency };
  const charge = { orderId: request.orderId, amount, method: request.payment };
  const order = await openOrder(work, request, priced, transaction);
  const payment = await work.payments.choose(charge, order.row.version, transaction);
  try {
    await runSteps(steps, { work, order, charge, payment, transaction }, isRefusal);
    return { order: toOrder(order.row, order.items) };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { order: await rejectOrder(work, order, error.code, transaction), refused: error };
  }
}

function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && refusals.includes(error.code);
}

async function reserveStock({ work, order, transaction }: Placing): Promise<void> {
  await work.inventory.reserve(stockOf(order), transaction);
  recordStock(work, order, 'stock.reserved', transaction);
}

async function takeStockBack({ work, order, transaction }: Placing): Promise<void> {
  await work.inventory.takeBack(stockOf(order), transaction);
  recordStock(work, order, 'stock.released', transaction);
}

async function chargePayment({ work, charge, payment, transaction }: Placing): Promise<void> {
  await work.payments.charge(payment, charge, transaction);
}

async function confirmOrder({ work, order, payment, transaction }: Placing): Promise<void> {
  const { paymentId } = payment;
  const { orderId } = order.row;
  await saveOrder(work, order, 'confirm', { paymentId }, transaction);
  work.recordEvent({ orderId, type: 'order.confirmed', detail: `payment ${paymentId}` }, transaction);
}

async function rejectOrder(
  work: OrderWork,
  order: LockedOrder,
  reason: string,
  transaction: Guarded<'orders'>,
): Promise<Order> {
  const { orderId } = order.row;
  work.recordEvent({ orderId, type: 'order.rejected', detail: reason }, transaction);
  return saveOrder(work, order, 'reject', { reason }, transaction);
}
