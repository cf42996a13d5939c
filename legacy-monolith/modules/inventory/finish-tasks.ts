import type { Transaction } from 'sequelize';
import { lastAttempt } from '#contracts/shop/reservation.js';
import type { AppError } from '#platform/http/app-error.js';
import { awaitOwner, BetweenOwners } from '#platform/ownership/await-owner.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import { retryDelay } from '#platform/resilience/retry-delay.js';
import type { ModuleContext } from '../../module-context.js';
import { type LocalStock, planStock } from './plan-stock.js';
import type { RemoteStock } from './remote-stock.js';
import { claimTasks, postponeTask, removeTask, type StockTask } from './stock-tasks.js';

/** What moving stock for orders works with, on this side and on the other. */
export interface StockWork extends ModuleContext {
  local: LocalStock;
  remote: RemoteStock;
}

/** Time for a task to be done, before others believe that whoever took it has died. */
const leaseMs = 30_000;
/** Few enough to be done within the lease, even if none is answered. */
const batch = 10;
/** Longest wait for an owner, in milliseconds; a client may be waiting for this. */
const ownerPatienceMs = 1_000;
/** Age at which somebody should look, in milliseconds. */
const oldAfterMs = 5 * 60_000;

/** Does all that is due; what can't be done now is tried again later, for as long as it takes. */
export async function finishTasks(work: StockWork, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    const tasks = await claimTasks(work.database, batch, leaseMs);
    for (const task of tasks) await finishOrPostpone(work, task);
    if (tasks.length < batch) return;
  }
}

/** @returns false when it is left for later */
export async function finishOrPostpone(work: StockWork, task: StockTask): Promise<boolean> {
  try {
    await awaitOwner(() => finishTask(work, task), ownerPatienceMs);
    return true;
  } catch (error) {
    report(work, task, error);
    await postponeTask(work.database, task.taskId, retryDelay(task.tries, Math.random()));
    return false;
  }
}

/**
 * Does a task on whichever side owns its items now. It may have been done before, there or here.
 * @throws when something of it is still to be done
 */
async function finishTask(work: StockWork, task: StockTask): Promise<void> {
  const { taskId, orderId, kind } = task;
  const order = { orderId, attempt: kind === 'undo' ? taskId : lastAttempt };
  const command = kind === 'ship' ? 'ship' : 'release';
  const items = await work.inTransaction(async (transaction) => {
    const { here, elsewhere } = await splitItems(work, task.items, transaction);
    const planned = await planStock(work.local, command, { ...order, items: here }, transaction);
    await planned.write();
    if (elsewhere.length === 0) await removeTask(work.database, taskId, transaction);
    return elsewhere;
  });
  if (items.length === 0) return;
  const reply = await work.remote.ask(command, { ...order, items });
  if (reply.kind === 'refused') throw refusal(reply.error);
  if (reply.kind !== 'answer')
    throw new Error('the inventory service has not answered', { cause: reply.cause });
  await removeTask(work.database, taskId);
}

/** What the service's refusal means: that it does not own something may be over in a moment. */
export function refusal(error: AppError): Error {
  if (error.code !== 'not_owner') return error;
  const keys = error.options.errors?.map(({ path }) => path) ?? [];
  return new BetweenOwners('inventory', keys, error);
}

/** Which items' products this side owns, until the transaction ends, and which it does not. */
export async function splitItems<Item extends { productId: string }>(
  { database }: StockWork,
  items: readonly Item[],
  transaction: Transaction,
): Promise<{ here: Item[]; elsewhere: Item[] }> {
  const keys = items.map(({ productId }) => productId);
  const held = await holdKeys(database, 'inventory', keys, transaction);
  return {
    here: items.filter(({ productId }) => held.has(productId)),
    elsewhere: items.filter(({ productId }) => !held.has(productId)),
  };
}

function report({ logger, clock }: StockWork, task: StockTask, err: unknown): void {
  const { taskId, orderId, kind, tries, createdAt } = task;
  const old = clock().getTime() - createdAt.getTime() > oldAfterMs;
  const what = `${kind} of order ${orderId}'s stock is still to be done`;
  logger[old ? 'error' : 'warn']({ err, taskId, orderId, tries, createdAt }, what);
}
