import type { Sequelize, Transaction } from 'sequelize';
import { rememberAnswers } from '#platform/database/idempotency.js';
import { runTransaction } from '#platform/database/run-transaction.js';
import { awaitOwner } from '#platform/ownership/await-owner.js';
import { guardWrites } from '#platform/ownership/guard-writes.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { ModuleContext } from './module-context.js';
import { createTimelineWriter } from './modules/orders/index.js';

/** Longest that a transaction is begun anew while something that it needs is between two owners, in milliseconds. */
const ownerPatienceMs = 5_000;

interface ContextOptions {
  database: Sequelize;
  logger: Logger;
  clock: () => Date;
  /** Capabilities whose keys have owners. */
  owned: readonly string[];
}

/**
 * What the modules share. Every transaction writes its events down as the last thing that it does, and is begun anew
 * after a deadlock, or when another owner has to be waited for.
 */
export function createContext({ database, logger, clock, owned }: ContextOptions): ModuleContext {
  const timeline = createTimelineWriter(database, clock);
  const thenWriteEvents =
    <Result>(work: (transaction: Transaction) => Promise<Result>) =>
    async (transaction: Transaction): Promise<Result> => {
      const result = await work(transaction);
      await timeline.write(transaction);
      return result;
    };
  const remember = rememberAnswers(database, guardWrites(database, owned));
  return {
    ...{ database, logger, clock },
    runWrite: (write, handle) => awaitOwner(() => remember(write, thenWriteEvents(handle)), ownerPatienceMs),
    inTransaction: (work) =>
      awaitOwner(() => runTransaction(database, thenWriteEvents(work)), ownerPatienceMs),
    recordEvent: timeline.record,
  };
}
