import type { Sequelize, Transaction } from 'sequelize';
import { inventoryRequests } from '#contracts/shop/inventory-requests.js';
import { lastAttempt } from '#contracts/shop/reservation.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError, type FieldError } from '#platform/errors/app-error.js';
import { armTask, disarmTask, postponeTask, removeTask } from '../../order-tasks/order-task-table.js';
import type { TaskWorker } from '../../order-tasks/task-worker.js';
import {
  commandOf,
  refusal,
  remotePatience,
  splitItems,
  type StockTask,
  type StockTaskKind,
  type StockWork,
} from './finish-stock-task.js';
import { insufficientStock, planStock } from './plan-stock.js';

/** An item of an order, as far as stock is concerned. */
interface OrderedItem {
  productId: string;
  quantity: number;
}

/** The items of one order. */
export interface OrderedStock {
  orderId: string;
  items: readonly OrderedItem[];
}

/**
 * What an order does with stock, wherever that is: in the order's own transaction where this side owns it, over NATS
 * where the service does. All items, or none, whatever crashes when.
 */
export interface OrderStockPort {
  /**
   * Sets units aside.
   * @throws AppError `insufficient_stock` that names every product of which there is not enough; `unavailable`;
   *   BetweenOwners
   */
  reserve: (order: OrderedStock, transaction: Transaction) => Promise<void>;
  /** Puts back what this transaction has reserved. The order was rejected, and may be placed again by a later attempt. */
  takeBack: (order: OrderedStock, transaction: Transaction) => Promise<void>;
  /** Puts them back: at once, or right after the commit, or as soon as their owner can be reached. */
  release: (order: OrderedStock, transaction: Transaction) => Promise<void>;
  /** They leave the house, likewise. */
  ship: (order: OrderedStock, transaction: Transaction) => Promise<void>;
}

export interface PortOptions extends StockWork {
  /** Connections beside those of the requests, for notes that outlive a request's transaction. */
  own: Sequelize;
  /** Age at which a note counts as abandoned, in milliseconds: far more than the service is waited for. */
  abandonedAfterMs: number;
  tasks: TaskWorker<StockTask['detail']>;
}

interface Split {
  here: OrderedItem[];
  elsewhere: OrderedItem[];
  /** The transaction, which holds the items that are here. */
  held: Guarded<'inventory'>;
  /** Of this transaction at reserving. */
  attempt: number;
}

export function createOrderStock(options: PortOptions): OrderStockPort {
  const splits = new WeakMap<Transaction, Split>();
  const nextAttempt = countAttempts(options.clock);

  /** Decided once per transaction: ownership is never asked for once stock is locked, so that nobody waits in a circle. */
  async function split({ items }: OrderedStock, transaction: Transaction): Promise<Split> {
    const known = splits.get(transaction);
    if (known) return known;
    const plain = items.map(({ productId, quantity }) => ({ productId, quantity }));
    const decided = { ...(await splitItems(plain, transaction)), attempt: nextAttempt() };
    splits.set(transaction, decided);
    return decided;
  }

  const settle = async (kind: StockTaskKind, order: OrderedStock, transaction: Transaction) => {
    const { here, elsewhere, held, ...own } = await split(order, transaction);
    const attempt = kind === 'undo' ? own.attempt : lastAttempt;
    const local = { orderId: order.orderId, items: here, attempt };
    await (await planStock(options.local, commandOf(kind), local, held)).write();
    if (elsewhere.length === 0) return;
    const detail = { items: elsewhere, attempt };
    await options.tasks.follow({ orderId: order.orderId, kind, detail }, transaction);
  };
  return {
    reserve: async (order, transaction) =>
      reserveStock(options, order, await split(order, transaction), transaction),
    takeBack: (order, transaction) => settle('undo', order, transaction),
    release: (order, transaction) => settle('release', order, transaction),
    ship: (order, transaction) => settle('ship', order, transaction),
  };
}

/** Nothing is written on this side before the other has agreed, and nothing asked of it that this side can't keep. */
async function reserveStock(
  options: PortOptions,
  { orderId, items }: OrderedStock,
  { here, elsewhere, held, attempt }: Split,
  transaction: Transaction,
): Promise<void> {
  const local = { orderId, items: here, attempt };
  const planned = await planStock(options.local, 'reserve', local, held).catch(laterAttempt);
  if (planned.short.length > 0) {
    throw insufficientStock(items, [
      ...planned.short,
      ...(await shortagesElsewhere(options, orderId, elsewhere)),
    ]);
  }
  if (elsewhere.length > 0) {
    const detail = { items: elsewhere, attempt };
    await reserveElsewhere(options, orderId, detail, transaction);
  }
  await planned.write();
}

async function reserveElsewhere(
  options: PortOptions,
  orderId: string,
  detail: StockTask['detail'],
  transaction: Transaction,
): Promise<void> {
  const { own, remote, abandonedAfterMs, tasks } = options;
  const taskId = await armTask(own, { orderId, kind: 'undo', detail }, abandonedAfterMs);
  const reply = await remote.ask(inventoryRequests.reserve, { orderId, ...detail }, remotePatience);
  if (reply.kind === 'unanswered') {
    await postponeTask(own, taskId, 0);
    tasks.finishing.nudge();
    throw unavailable(reply.cause);
  }
  if (reply.kind !== 'answer') await removeTask(own, taskId);
  if (reply.kind === 'unreachable') throw unavailable(reply.cause);
  if (reply.kind === 'refused') throw refusalOf(detail.items, reply.error);
  if (await disarmTask(options.database, taskId, transaction)) return;
  throw unavailable(new Error(`reserving for order ${orderId} took too long: it was taken back`));
}

/** For an answer that names them all; who does not say is left out. */
async function shortagesElsewhere(
  { remote }: PortOptions,
  orderId: string,
  items: OrderedItem[],
): Promise<FieldError[]> {
  if (items.length === 0) return [];
  const wanted = { orderId, items, attempt: lastAttempt };
  const reply = await remote.ask(inventoryRequests.shortages, wanted, remotePatience);
  if (reply.kind === 'refused') throw refusalOf(items, reply.error);
  return reply.kind === 'answer' ? reply.answer.short : [];
}

function refusalOf(items: readonly OrderedItem[], error: AppError): Error {
  if (error.code === 'insufficient_stock') return insufficientStock(items, error.options.errors ?? []);
  return error.code === 'not_owner' ? refusal(error) : unavailable(error);
}

/** A clock that is ahead has numbered the attempt before: as at the service, this one has to wait for its own time. */
function laterAttempt(error: unknown): never {
  throw error instanceof AppError && error.code === 'invalid_state' ? unavailable(error) : error;
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Inventory service is unavailable', { cause, retryAfter: 2 });
}

/**
 * Numbers attempts at reserving, each greater than all before, the service's too: both count in milliseconds of time, and
 * an order that could not be placed on one side may be placed again on the other.
 */
function countAttempts(clock: () => Date): () => number {
  let latest = 0;
  return () => (latest = Math.max(latest + 1, clock().getTime()));
}
