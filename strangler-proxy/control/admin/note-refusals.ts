import type { Sequelize } from 'sequelize';
import { runTransaction } from '#platform/database/run-transaction.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { appendEntry } from '../audit/append-entry.js';

/** What somebody tried. */
export interface Refused {
  who: string;
  action: string;
  capability?: string;
  /** Why they wanted it, as far as they said. */
  wanted?: string;
  /** Why it was refused. */
  reason: string;
}

/** Whoever has no token must not be able to fill the audit: beyond so many a minute they go to the log only. */
const mostPerMinute = 60;

/** Puts refused attempts into the audit; a database that is away does not keep the refusal from being answered. */
export function noteRefusals(database: Sequelize, logger: Logger): (refused: Refused) => void {
  let minute = 0;
  let count = 0;
  return ({ who, action, capability, wanted, reason }) => {
    logger.warn({ who, action, capability, reason }, 'refused');
    const now = Math.floor(Date.now() / 60_000);
    count = now === minute ? count + 1 : 1;
    minute = now;
    if (count > mostPerMinute) return;
    const entry = {
      ...{ who, action, outcome: 'refused' as const, reason: wanted ?? null, before: null },
      capability: capability ?? null,
      after: { refused: reason },
    };
    runTransaction(database, (transaction) => appendEntry(database, entry, transaction)).catch(
      (error: unknown) => logger.error({ err: error, action }, 'a refusal could not be audited'),
    );
  };
}
