import type { Sequelize, Transaction } from 'sequelize';
import { lastAttempt } from '#contracts/shop/reservation.js';
import { AppError, type FieldError } from '#platform/http/app-error.js';
import { finishOrPostpone, refusal, splitItems, type StockWork } from './finish-tasks.js';
import { planStock } from './plan-stock.js';
import { addTask, armTask, disarmTask, type OrderedItem, postponeTask, removeTask } from './stock-tasks.js';

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
  reserve(order: OrderedStock, transaction: Transaction): Promise<void>;
  /** Puts them back: at once, or right after the commit, or as soon as their owner can be reached. */
  release(order: OrderedStock, transaction: Transaction): Promise<void>;
  /** They leave the house, likewise. */
  ship(order: OrderedStock, transaction: Transaction): Promise<void>;
}

export interface PortOptions extends StockWork {
  /** Connections beside those of the requests, for notes that outlive a request's transaction. */
  own: Sequelize;
  /** Age at which a note counts as abandoned, in milliseconds: far more than the service is waited for. */
  abandonedAfterMs: number;
  /** Has due tasks done soon. */
  nudge: () => void;
}

/** Time for a request to do its own tasks after its commit, before others do. */
const ownTaskMs = 10_000;

interface Split {
  here: OrderedItem[];
  elsewhere: OrderedItem[];
}

export function createOrderStock(options: PortOptions): OrderStockPort {
  const splits = new WeakMap<Transaction, Split>();

  /** Decided once per transaction: ownership is never asked for once stock is locked, so that nobody waits in a circle. */
  async function split({ items }: OrderedStock, transaction: Transaction): Promise<Split> {
    const known = splits.get(transaction);
    if (known) return known;
    const plain = items.map(({ productId, quantity }) => ({ productId, quantity }));
    const decided = await splitItems(options, plain, transaction);
    splits.set(transaction, decided);
    return decided;
  }

  const settle = async (command: 'release' | 'ship', order: OrderedStock, transaction: Transaction) => {
    const { here, elsewhere } = await split(order, transaction);
    const local = { orderId: order.orderId, items: here, attempt: lastAttempt };
    await (await planStock(options.local, command, local, transaction)).write();
    if (elsewhere.length > 0) await settleElsewhere(options, command, order.orderId, elsewhere, transaction);
  };
  return {
    reserve: async (order, transaction) =>
      reserveStock(options, order, await split(order, transaction), transaction),
    release: (order, transaction) => settle('release', order, transaction),
    ship: (order, transaction) => settle('ship', order, transaction),
  };
}

/** Nothing is written on this side before the other has agreed, and nothing asked of it that this side can't keep. */
async function reserveStock(
  options: PortOptions,
  { orderId, items }: OrderedStock,
  { here, elsewhere }: Split,
  transaction: Transaction,
): Promise<void> {
  const local = { orderId, items: here, attempt: lastAttempt };
  const planned = await planStock(options.local, 'reserve', local, transaction);
  if (planned.short.length > 0) {
    throw insufficientStock(items, [
      ...planned.short,
      ...(await shortagesElsewhere(options, orderId, elsewhere)),
    ]);
  }
  if (elsewhere.length > 0) await reserveElsewhere(options, orderId, elsewhere, transaction);
  await planned.write();
}

async function reserveElsewhere(
  options: PortOptions,
  orderId: string,
  items: OrderedItem[],
  transaction: Transaction,
): Promise<void> {
  const { own, remote, abandonedAfterMs, nudge } = options;
  const attempt = await armTask(own, orderId, items, abandonedAfterMs);
  const reply = await remote.ask('reserve', { orderId, items, attempt });
  if (reply.kind === 'unanswered') {
    await postponeTask(own, attempt, 0);
    nudge();
    throw unavailable(reply.cause);
  }
  if (reply.kind !== 'answer') await removeTask(own, attempt);
  if (reply.kind === 'unreachable') throw unavailable(reply.cause);
  if (reply.kind === 'refused') throw refusalOf(items, reply.error);
  if (await disarmTask(options.database, attempt, transaction)) return;
  throw unavailable(new Error(`attempt ${attempt} for order ${orderId} took too long: it was taken back`));
}

/** For an answer that names them all; who does not say is left out. */
async function shortagesElsewhere(
  { remote }: PortOptions,
  orderId: string,
  items: OrderedItem[],
): Promise<FieldError[]> {
  if (items.length === 0) return [];
  const reply = await remote.shortages({ orderId, items, attempt: lastAttempt });
  if (reply.kind === 'refused') throw refusalOf(items, reply.error);
  return reply.kind === 'answer' ? reply.answer.short : [];
}

async function settleElsewhere(
  options: PortOptions,
  command: 'release' | 'ship',
  orderId: string,
  items: OrderedItem[],
  transaction: Transaction,
): Promise<void> {
  const task = { orderId, kind: command, items };
  const taskId = await addTask(options.database, task, ownTaskMs, transaction);
  transaction.afterCommit(async () => {
    const now = { ...task, taskId, tries: 1, createdAt: options.clock() };
    // What has been decided stands: whatever goes wrong here is tried again.
    const done = await finishOrPostpone(options, now).catch(() => false);
    if (!done) options.nudge();
  });
}

function refusalOf(items: readonly OrderedItem[], error: AppError): Error {
  if (error.code === 'insufficient_stock') return insufficientStock(items, error.options.errors ?? []);
  return error.code === 'not_owner' ? refusal(error) : unavailable(error);
}

/** @param items in whose order the products are named */
function insufficientStock(items: readonly OrderedItem[], short: readonly FieldError[]): AppError {
  const errors = items.flatMap(({ productId }) => short.filter(({ path }) => path === productId));
  const names = errors.map(({ path }) => path).join(', ');
  return new AppError('insufficient_stock', `There is not enough stock of ${names}`, { errors });
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Inventory service is unavailable', { cause, retryAfter: 2 });
}
