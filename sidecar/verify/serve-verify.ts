import { z } from 'zod';
import type { Move, MoveTable, Side } from '#contracts/strangler/move.js';
import {
  comparisonRequestSchema,
  digestRequestSchema,
  keyedRowsRequestSchema,
  rowHashesRequestSchema,
  type VerifyQuestion,
  verifySubject,
} from '#contracts/strangler/verify.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { messageRoom } from '../capture/message-room.js';
import type { Connection } from '../database/connect-mysql.js';
import { pause, takeTurns } from '../turns/take-turns.js';
import { compareByKeys, readByKeys } from './compare-by-keys.js';
import { type AskedTable, digestBlocks } from './digest-blocks.js';
import { hashRows } from './hash-rows.js';
import { readPages } from './read-pages.js';

export interface VerifyOptions {
  /** The database whose rows are asked about. */
  url: string;
  move: Move;
  /** The side of that database. */
  side: Side;
  nats: NatsConnection;
  logger: Logger;
}

/** The server ends connections that are never used, after 30 s. */
const touchEvery = 10_000;

/**
 * Answers what one side has, for as long as it runs. Of several instances one answers, on one connection, one question
 * after the other: so verification takes at most one thread of the database, and writes go before it.
 * @returns a function that ends it
 */
export function serveVerify({ url, move, side, nats, logger }: VerifyOptions): () => Promise<void> {
  const { capability } = move;
  const ending = new AbortController();

  const running = takeTurns(
    {
      url,
      purpose: `verify ${capability}`,
      signal: ending.signal,
      onStandby: () => undefined,
      onInterrupted: (error) => logger.debug({ capability, err: error }, 'verification interrupted'),
    },
    async (connection, goesWell) => {
      const turn = oneAtATime(connection);
      const stopServing = answerQuestions(turn.run);
      try {
        while (!ending.signal.aborted && !turn.broken.aborted) {
          await turn.run((own) => own.query('SELECT 1'));
          goesWell();
          await pause(touchEvery, AbortSignal.any([ending.signal, turn.broken]));
        }
        turn.broken.throwIfAborted();
      } finally {
        for (const stop of stopServing) stop();
      }
    },
  );

  function answerQuestions(run: OneAtATime['run']): (() => void)[] {
    const onError = (error: unknown): void =>
      logger.warn({ capability, err: error }, 'a question about rows was not answered');
    /** A question that fails is answered all the same: whoever asks has to hear why. */
    function answer<Schema extends z.ZodType>(
      question: VerifyQuestion,
      schema: Schema,
      work: (connection: Connection, request: z.output<Schema>) => Promise<unknown>,
    ): () => void {
      const serve = async (request: z.output<Schema>): Promise<unknown> => {
        try {
          return await run((connection) => work(connection, request));
        } catch (error) {
          return { accepted: false, message: messageOf(error) };
        }
      };
      return answerJson(nats, verifySubject(question, capability, side), schema, serve, onError);
    }
    return [
      answer('tables', z.object({}), describeTables),
      answer('digest', digestRequestSchema, (connection, request) =>
        digestBlocks(asked(connection, request.table), request),
      ),
      answer('rows', rowHashesRequestSchema, (connection, request) =>
        hashRows(asked(connection, request.table), request),
      ),
      answer('keyed-rows', keyedRowsRequestSchema, (connection, request) =>
        readByKeys(connection, tableOf(request.table), side, request, messageRoom(nats)),
      ),
      answer('comparison', comparisonRequestSchema, (connection, request) =>
        compareByKeys(connection, move, tableOf(request.table), side, request),
      ),
    ];
  }

  function asked(connection: Connection, name: string): AskedTable {
    return { connection, move, table: tableOf(name), side };
  }

  function tableOf(name: string): MoveTable {
    const table = move.tables.find(({ service }) => service.table === name);
    if (!table) throw new Error(`${name} is no table of ${capability} on the service`);
    return table;
  }

  async function describeTables(connection: Connection): Promise<object> {
    const describe = async (table: MoveTable): Promise<object> => {
      const { keyOrder, estimate } = await readPages(connection, table, side, 1);
      return { table: table.service.table, here: table[side].table, keyOrder, estimate };
    };
    const tables: object[] = [];
    for (const table of move.tables) tables.push(await describe(table));
    return { accepted: true, tables };
  }

  return async () => {
    ending.abort();
    await running;
  };
}

interface OneAtATime {
  run<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>;
  /** Aborted with the error once the connection is of no more use. */
  broken: AbortSignal;
}

function oneAtATime(connection: Connection): OneAtATime {
  const broken = new AbortController();
  let before: Promise<unknown> = Promise.resolve();
  return {
    broken: broken.signal,
    run(work) {
      const result = before.then(() => work(connection));
      before = result.catch((error: unknown) => {
        if ((error as { fatal?: boolean }).fatal) broken.abort(error);
      });
      return result;
    },
  };
}
