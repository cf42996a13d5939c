import type { Sequelize, Transaction } from 'sequelize';
import { rememberAnswers } from '#platform/database/idempotency.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { recordEvents } from '#platform/outbox/record-events.js';
import { awaitOwner } from '#platform/ownership/await-owner.js';
import { guardKeys, holdKeys } from '#platform/ownership/guard-keys.js';
import { guardWrites } from '#platform/ownership/guard-writes.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { ModuleContext } from './module-context.js';
import { createTimelineWriter } from './modules/orders/index.js';

/** The capability whose timeline tells of all the others. */
const orders = 'orders';

interface ContextOptions {
  database: Sequelize;
  logger: Logger;
  clock: () => Date;
  /** Capabilities whose keys have owners. */
  owned: readonly string[];
  inUse: (capability: string) => boolean;
  /** How long a transaction is retried while something that it needs is between two owners, in milliseconds. */
  ownerTimeoutMs: number;
}

/**
 * What the modules share. Every transaction writes its events down as the last thing that it does, and is begun anew
 * after a deadlock, or when another owner has to be waited for.
 */
export function createContext(options: ContextOptions): ModuleContext {
  const { database, logger, clock, owned, inUse, ownerTimeoutMs } = options;
  const timeline = createTimelineWriter(database, clock);
  /** @param held the order that the transaction holds from its beginning, if that is what it is about */
  const thenWriteEvents =
    <Result>(work: (transaction: Transaction) => Promise<Result>, held?: string) =>
    async (transaction: Transaction): Promise<Result> => {
      const result = await work(transaction);
      await timeline.write(transaction, async (orderIds) =>
        orderIds.every((orderId) => orderId === held)
          ? new Set(orderIds)
          : holdKeys(orders, orderIds, transaction),
      );
      return result;
    };
  const remember = rememberAnswers(guardWrites(database, owned));
  const inTransaction = <Result>(work: (transaction: Transaction) => Promise<Result>) =>
    awaitOwner(() => runTransaction(database, work), ownerTimeoutMs);
  return {
    ...{ database, logger, clock, inUse },
    runWrite: (write, handle) => {
      const held = write.capability === orders ? write.resourceKey : undefined;
      return awaitOwner(() => remember(write, thenWriteEvents(handle, held)), ownerTimeoutMs);
    },
    inTransaction: (work) => inTransaction(thenWriteEvents(work)),
    inOrder: (orderId, work) =>
      inTransaction(async (transaction) => {
        await guardKeys(database, orders, [orderId], transaction);
        return thenWriteEvents(work, orderId)(transaction);
      }),
    recordEvent: timeline.record,
    say: (events, transaction) => recordEvents(database, events, clock(), transaction),
  };
}
