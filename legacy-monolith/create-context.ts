import type { Sequelize, Transaction } from 'sequelize';
import type { Guarded, HeldKeys } from '#platform/database/guarded.js';
import { rememberAnswers } from '#platform/database/idempotency.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { recordEvents } from '#platform/outbox/record-events.js';
import { awaitOwner } from '#platform/ownership/await-owner.js';
import { guardKeys, holdKeys } from '#platform/ownership/guard-keys.js';
import { guardWrites, type RunGuarded, runUnmovedWrites } from '#platform/ownership/guard-writes.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { RunWrite, Write } from '#platform/http/route.js';
import type { ModuleContext, RunWrites } from './context/module-context.js';
import { createTimelineWriter } from './modules/orders/index.js';

/** The capability whose timeline tells of all the others. */
const orders = 'orders';

interface ContextOptions {
  database: Sequelize;
  logger: Logger;
  clock: () => Date;
  inUse: (capability: string) => boolean;
  /** How long a transaction is retried while something that it needs is between two owners, in milliseconds. */
  ownerTimeoutMs: number;
}

/**
 * What the modules share. Every transaction writes its events down as the last thing that it does, and is begun anew
 * after a deadlock, or when another owner has to be waited for.
 */
export function createContext(options: ContextOptions): ModuleContext {
  const { database, logger, clock, inUse, ownerTimeoutMs } = options;
  const timeline = createTimelineWriter(database, clock);
  /** @param held the order that the transaction holds from its beginning, if that is what it is about */
  async function andWriteEvents<Begun extends Transaction, Result>(
    work: (transaction: Begun) => Promise<Result>,
    transaction: Begun,
    held?: HeldKeys<'orders'>,
  ): Promise<Result> {
    const result = await work(transaction);
    await timeline.write(transaction, async (orderIds) =>
      held && orderIds.every((orderId) => held.keys.has(orderId))
        ? held
        : holdKeys(orders, orderIds, transaction),
    );
    return result;
  }
  function runWrites<Capability extends string>(
    runGuarded: RunGuarded<Capability>,
    heldOrder?: (write: Write, transaction: Guarded<Capability>) => HeldKeys<'orders'>,
  ): RunWrite<Guarded<Capability>> {
    const remember = rememberAnswers(runGuarded);
    return (write, handle) =>
      awaitOwner(
        () =>
          remember(write, (transaction) =>
            andWriteEvents(handle, transaction, heldOrder?.(write, transaction)),
          ),
        ownerTimeoutMs,
      );
  }
  const runWrite: RunWrites = {
    catalogue: runWrites(runUnmovedWrites(database, 'catalogue')),
    inventory: runWrites(guardWrites(database, 'inventory')),
    payments: runWrites(guardWrites(database, 'payments')),
    notifications: runWrites(guardWrites(database, 'notifications')),
    orders: runWrites(guardWrites(database, orders), heldOrder),
  };
  const inTransaction = <Result>(work: (transaction: Transaction) => Promise<Result>) =>
    awaitOwner(() => runTransaction(database, work), ownerTimeoutMs);
  return {
    ...{ database, logger, clock, inUse, runWrite },
    inTransaction: (work) => inTransaction((transaction) => andWriteEvents(work, transaction)),
    inOrder: (orderId, work) =>
      inTransaction(async (begun) => {
        const transaction = await guardKeys(database, orders, [orderId], begun);
        return andWriteEvents(work, transaction, { keys: new Set([orderId]), transaction });
      }),
    recordEvent: timeline.record,
    say: (events, transaction) => recordEvents(database, events, clock(), transaction),
  };
}

function heldOrder({ resourceKey }: Write, transaction: Guarded<'orders'>): HeldKeys<'orders'> {
  return { keys: new Set([resourceKey]), transaction };
}
