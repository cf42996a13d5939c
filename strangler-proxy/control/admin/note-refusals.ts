import type { Sequelize } from 'sequelize';
import { runTransaction } from '#platform/database/run-transaction.js';
import { guarded } from '#platform/telemetry/guarded.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { appendEntry, type NewEntry } from '../audit/append-entry.js';
import { type Refused, sumUpByCaller } from './sum-up-refusals.js';

/** Puts refused attempts into the audit. */
export interface RefusalNotes {
  note(refused: Refused): void;
  /** Writes down what has been summed up so far. */
  end(): Promise<void>;
}

const minute = 60_000;

/**
 * Puts refused attempts into the audit: of each caller a few by themselves, more of them summed up, once a minute. Nobody can
 * fill it, nor hide what others do. A database that is away does not keep the refusal from being answered.
 */
export function noteRefusals(database: Sequelize, logger: Logger): RefusalNotes {
  const sums = sumUpByCaller();
  const writing = new Set<Promise<unknown>>();

  function append(entry: NewEntry): void {
    const written = runTransaction(database, (transaction) => appendEntry(database, entry, transaction))
      .catch((error: unknown) =>
        logger.error({ err: error, action: entry.action }, 'a refusal could not be audited'),
      )
      .finally(() => writing.delete(written));
    writing.add(written);
  }

  function endMinute(): void {
    for (const sum of sums.endMinute()) append(sum);
  }

  const timer = setInterval(guarded('summing up refusals', endMinute), minute);
  timer.unref();
  return {
    note(refused) {
      const { who, action, capability, reason } = refused;
      logger.warn({ who, action, capability, reason }, 'refused');
      const entry = sums.add(refused);
      if (entry) append(entry);
    },
    async end() {
      clearInterval(timer);
      endMinute();
      await Promise.all(writing);
    },
  };
}
