import { z } from 'zod';
import { type CheckTablesAnswer, checkTablesSubject } from '#contracts/strangler/check-tables.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { connectMysql } from '../database/connect-mysql.js';
import { findUnsafeTables } from './find-unsafe-tables.js';

export interface CheckOptions {
  url: string;
  move: Move;
  side: Side;
  /** All tables of this database that some capability moves. */
  movedTables: readonly string[];
  nats: NatsConnection;
  logger: Logger;
}

/** Answers what keeps the tables of a capability on this side from being replicated exactly. @returns what ends it */
export function serveCheck({ url, move, side, movedTables, nats, logger }: CheckOptions): () => void {
  async function check(): Promise<CheckTablesAnswer> {
    try {
      const connection = await connectMysql(url);
      try {
        return { accepted: true, unsafe: await findUnsafeTables(connection, move, side, movedTables) };
      } finally {
        connection.destroy();
      }
    } catch (error) {
      return { accepted: false, message: messageOf(error) };
    }
  }

  return answerJson(nats, checkTablesSubject(move.capability, side), z.object({}), check, (error) =>
    logger.warn({ capability: move.capability, err: error }, 'a check of the tables was not answered'),
  );
}
