import type { Transaction } from 'sequelize';
import { awaitOwner } from '#platform/ownership/await-owner.js';
import { type RepeatedTask, repeatTask } from '#platform/resilience/repeat-task.js';
import { retryDelay } from '#platform/resilience/retry-delay.js';
import type { ModuleContext } from '../context/module-context.js';
import { addTask, claimTasks, type NewTask, type OrderTask, postponeTask } from './order-task-table.js';

/** Time for a task to be done, before others believe that whoever took it has died. */
const leaseMs = 30_000;
/** Few enough to be done within the lease, even if none is answered. */
const batch = 5;
/** Longest wait for an owner, in milliseconds; a client may be waiting for this. */
const ownerPatienceMs = 1_000;
/** Time for a request to do its own tasks after its commit, before others do. */
const ownTaskMs = 10_000;
/** Age at which somebody should look, in milliseconds. */
const oldAfterMs = 5 * 60_000;
const pauseMs = 1_000;

export interface TaskKinds<Detail> {
  /** What is done about, as a person would call it: `stock`. */
  about: string;
  /** Kinds of tasks that are done here. */
  kinds: readonly string[];
  /**
   * Does a task on whichever side owns what it is about by now, and removes it. It may have been done before, there or
   * here. Throws when something of it is still to be done.
   */
  finish: (task: OrderTask<Detail>) => Promise<void>;
}

/** Does what orders have left to do, for one module. */
export interface TaskWorker<Detail> {
  /** For as long as the process lives. What can't be done now is tried again later, for as long as it takes. */
  finishing: RepeatedTask;
  /** Notes a task in a transaction; it is done right after the commit, before the client has its answer, or else later. */
  follow: (task: NewTask<Detail>, transaction: Transaction) => Promise<void>;
}

export function createTaskWorker<Detail>(
  context: ModuleContext,
  kinds: TaskKinds<Detail>,
): TaskWorker<Detail> {
  const { database, clock, logger } = context;
  const finish = (ending: AbortSignal) => finishDue(context, kinds, ending);
  const finishing = repeatTask(`finish ${kinds.about} tasks`, pauseMs, finish, logger);
  return {
    finishing,
    follow: async (task, transaction) => {
      const taskId = await addTask(database, task, ownTaskMs, transaction);
      transaction.afterCommit(async () => {
        const now = { ...task, taskId, tries: 1, createdAt: clock() };
        // What has been decided stands: whatever goes wrong here is tried again.
        const done = await finishOrPostpone(context, kinds, now).catch(() => false);
        if (!done) finishing.nudge();
      });
    },
  };
}

async function finishDue<Detail>(
  context: ModuleContext,
  kinds: TaskKinds<Detail>,
  ending: AbortSignal,
): Promise<void> {
  while (!ending.aborted) {
    const tasks = await claimTasks<Detail>(context.database, kinds.kinds, batch, leaseMs);
    for (const task of tasks) await finishOrPostpone(context, kinds, task);
    if (tasks.length < batch) return;
  }
}

/** @returns false when it is left for later */
async function finishOrPostpone<Detail>(
  context: ModuleContext,
  { about, finish }: TaskKinds<Detail>,
  task: OrderTask<Detail>,
): Promise<boolean> {
  try {
    await awaitOwner(() => finish(task), ownerPatienceMs);
    return true;
  } catch (error) {
    report(context, about, task, error);
    await postponeTask(context.database, task.taskId, retryDelay(task.tries, Math.random()));
    return false;
  }
}

function report(
  { logger, clock }: ModuleContext,
  about: string,
  { taskId, orderId, kind, tries, createdAt }: OrderTask<unknown>,
  err: unknown,
): void {
  const old = clock().getTime() - createdAt.getTime() > oldAfterMs;
  const what = `${kind} (${about}) of order ${orderId} is still to be done`;
  logger[old ? 'error' : 'warn']({ err, taskId, orderId, tries, createdAt }, what);
}
