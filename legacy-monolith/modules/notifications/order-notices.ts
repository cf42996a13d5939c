import type { Transaction } from 'sequelize';
import type { z } from 'zod';
import { notificationRequests } from '#contracts/shop/notification-requests.js';
import type { Notification } from '#contracts/shop/notifications.js';
import type { Guarded } from '#platform/database/guarded.js';
import { AppError } from '#platform/errors/app-error.js';
import { BetweenOwners } from '#platform/ownership/await-owner.js';
import { holdKey } from '#platform/ownership/guard-keys.js';
import { holdKeyAtOnce } from '#platform/ownership/hold-at-once.js';
import type { ModuleContext } from '../../context/module-context.js';
import { type OrderTask, removeTask } from '../../order-tasks/order-task-table.js';
import type { TaskWorker } from '../../order-tasks/task-worker.js';
import type { RemoteService } from '../../context/remote-service.js';
import { onceId } from './notification-id.js';
import type { NewNotification } from './queue-notification.js';

/** What a customer is told about an order, once per order, template and channel. */
export type Notice = z.output<typeof notificationRequests.notify.request>;

/** Tells the customer of an order once the transaction is committed, whichever side that is up to. */
export type TellCustomer = (notice: Notice, transaction: Transaction) => Promise<void>;

export const tellTask = 'tell';

/** Queues a message on this side, in a transaction that holds its ownership. */
export type QueueMessage = (
  notificationId: string,
  wanted: NewNotification,
  transaction: Guarded<'notifications'>,
) => Promise<Notification>;

export interface NoticeWork extends ModuleContext {
  queue: QueueMessage;
  remote: RemoteService;
}

/** Longest wait for an answer, in milliseconds; a client may be waiting for it. */
const patience = 2_000;

/**
 * In the order's transaction where this side owns the message; else right after its commit, by a task that is tried
 * until it succeeds. The order's rows are locked already, so nobody waits for the ownership of a message.
 */
export function createOrderNotices(
  work: NoticeWork,
  tasks: Pick<TaskWorker<Notice>, 'follow'>,
): TellCustomer {
  return async (notice, transaction) => {
    const id = idOf(notice);
    const held = await holdKeyAtOnce(work.database, 'notifications', id, transaction);
    if (held) {
      await work.queue(id, notice, held);
    } else {
      await tasks.follow({ orderId: notice.orderId, kind: tellTask, detail: notice }, transaction);
    }
  };
}

/** @throws when the customer is still to be told */
export async function finishTelling(
  work: NoticeWork,
  { taskId, detail: notice }: OrderTask<Notice>,
): Promise<void> {
  const id = idOf(notice);
  const here = await work.inTransaction(async (transaction) => {
    const held = await holdKey('notifications', id, transaction);
    if (!held) return false;
    await work.queue(id, notice, held);
    await removeTask(work.database, taskId, transaction);
    return true;
  });
  if (here) return;
  const reply = await work.remote.ask(notificationRequests.notify, notice, patience);
  if (reply.kind === 'refused') throw refusal(id, reply.error);
  if (reply.kind !== 'answer')
    throw new Error('the notifications service has not answered', { cause: reply.cause });
  await removeTask(work.database, taskId);
}

function refusal(id: string, error: AppError): Error {
  return error.code === 'not_owner' ? new BetweenOwners('notifications', [id], error) : error;
}

function idOf(notice: Notice): string {
  const id = onceId(notice);
  if (id !== undefined) return id;
  throw new AppError('internal', `A ${notice.template} of order ${notice.orderId} has no id of its own`);
}
