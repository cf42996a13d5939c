import type { Transaction } from 'sequelize';
import { inventoryRequests, type OrderStock } from '#contracts/shop/inventory-requests.js';
import type { Guarded } from '#platform/database/guarded.js';
import type { AppError } from '#platform/errors/app-error.js';
import { BetweenOwners } from '#platform/ownership/await-owner.js';
import { holdKeys } from '#platform/ownership/guard-keys.js';
import type { ModuleContext } from '../../context/module-context.js';
import { type OrderTask, removeTask } from '../../order-tasks/order-task-table.js';
import type { RemoteService } from '../../context/remote-service.js';
import { type LocalStock, planStock } from './plan-stock.js';

/** What moving stock for orders works with, on this side and on the other. */
export interface StockWork extends ModuleContext {
  local: LocalStock;
  remote: RemoteService;
}

/** `undo` takes back one attempt at reserving; `release` and `ship` are what was decided for an order that stands. */
export const stockTasks = ['undo', 'release', 'ship'] as const;

export type StockTaskKind = (typeof stockTasks)[number];

/** What a task does to reservations. */
export function commandOf(kind: string): 'release' | 'ship' {
  return kind === 'ship' ? 'ship' : 'release';
}

export type StockTask = OrderTask<Omit<OrderStock, 'orderId'>>;

/** Longest wait for an answer, in milliseconds. A waiting order holds its rows' locks, so it is short. */
export const remotePatience = 2_000;

/**
 * Does a task on whichever side owns its items now. It may have been done before, there or here.
 * @throws when something of it is still to be done
 */
export async function finishStockTask(
  work: StockWork,
  { taskId, orderId, kind, detail }: StockTask,
): Promise<void> {
  const order = { orderId, attempt: detail.attempt };
  const command = commandOf(kind);
  const items = await work.inTransaction(async (transaction) => {
    const { here, elsewhere, held } = await splitItems(detail.items, transaction);
    const planned = await planStock(work.local, command, { ...order, items: here }, held);
    await planned.write();
    if (elsewhere.length === 0) await removeTask(work.database, taskId, transaction);
    return elsewhere;
  });
  if (items.length === 0) return;
  const reply = await work.remote.ask(inventoryRequests[command], { ...order, items }, remotePatience);
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

/** Which items' products this side owns, which `held` holds until it ends, and which it does not own. */
export async function splitItems<Item extends { productId: string }>(
  items: readonly Item[],
  transaction: Transaction,
): Promise<{ here: Item[]; elsewhere: Item[]; held: Guarded<'inventory'> }> {
  const keys = items.map(({ productId }) => productId);
  const held = await holdKeys('inventory', keys, transaction);
  return {
    here: items.filter(({ productId }) => held.keys.has(productId)),
    elsewhere: items.filter(({ productId }) => !held.keys.has(productId)),
    held: held.transaction,
  };
}
