import { z } from 'zod';
import type { Move, Side } from '#contracts/strangler/move.js';
import {
  isAtLeast,
  type RetirementAnswer,
  type RetirementOutcome,
  type RetirementRequest,
  retirementRequestSchema,
  retirementSubject,
} from '#contracts/strangler/retirement.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { backOff } from '../pace/back-off.js';
import { type Connection, connectMysql } from '../database/connect-mysql.js';
import { pause, takeTurns } from '../turns/take-turns.js';
import { lookAtRetirement } from './look-at-retirement.js';
import { readRetirement } from '../state/retirement-row.js';
import { setRetirement } from './set-retirement.js';

export interface RetirementOptions {
  /** The database whose part of the capability it is. */
  url: string;
  move: Move;
  side: Side;
  nats: NatsConnection;
  logger: Logger;
}

/** What replicates one capability in both directions, on one side. */
export interface Replicating {
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

export interface ReplicationStatus {
  /** `starting`: the database has not told yet whether there is anything to replicate. */
  state: 'starting' | 'replicating' | 'ended';
  message?: string;
}

export interface RunningRetirement {
  status(): ReplicationStatus;
  /** Ends all of it, the replication included. */
  stop(): Promise<void>;
}

/** How often the database is asked, in milliseconds: another instance may have written there. */
const lookEvery = 1_000;

/**
 * Runs the replication of one capability until its part here has ended, for good; and answers, one instance at a time, for
 * how far that is. What the database says counts at a start as well: what has ended is not begun again.
 * @param begin starts what replicates
 * @param afterwards answers in its place once it has ended; returns a function that ends it
 */
export function runRetirement(
  { url, move, side, nats, logger }: RetirementOptions,
  begin: () => Replicating,
  afterwards: () => () => void,
): RunningRetirement {
  const { capability } = move;
  const ending = new AbortController();
  let status: ReplicationStatus = { state: 'starting' };
  let stopAnswering = (): void => undefined;
  let replicating: Replicating | undefined;

  async function follow(): Promise<void> {
    const delay = backOff();
    while (!ending.signal.aborted) {
      try {
        await replicateUntilEnded(() => delay.reset());
        return;
      } catch (error) {
        if (status.state === 'starting') status = { state: 'starting', message: messageOf(error) };
        logger.debug({ capability, err: error }, 'nobody can say whether the capability is retired');
        await pause(delay.next(), ending.signal);
      }
    }
  }

  async function replicateUntilEnded(goesWell: () => void): Promise<void> {
    const connection = await connectMysql(url);
    try {
      while (!ending.signal.aborted) {
        if (isAtLeast(await readRetirement(connection, capability), 'ended')) return await endReplicating();
        replicating ??= begin();
        status = { state: 'replicating' };
        goesWell();
        await pause(lookEvery, ending.signal);
      }
    } finally {
      connection.destroy();
    }
  }

  async function endReplicating(): Promise<void> {
    logger.info({ capability }, 'the replication has ended: the capability was completed');
    await replicating?.stop();
    replicating = undefined;
    stopAnswering = afterwards();
    status = { state: 'ended' };
  }

  const following = follow();
  const answering = takeTurns(
    {
      url,
      purpose: `retirement ${capability}`,
      signal: ending.signal,
      onStandby: () => undefined,
      onInterrupted: (error) => logger.debug({ capability, err: error }, 'retirement interrupted'),
    },
    async (connection, goesWell) => {
      const stopServing = serve(connection);
      try {
        while (!ending.signal.aborted) {
          await connection.query('SELECT 1');
          goesWell();
          await pause(lookEvery, ending.signal);
        }
      } finally {
        for (const stop of stopServing) stop();
      }
    },
  );

  function serve(connection: Connection): (() => void)[] {
    const onError = (error: unknown): void =>
      logger.warn({ capability, err: error }, 'a question about the retirement was not answered');
    const look = (): Promise<RetirementAnswer> =>
      lookAtRetirement(connection, move, side, status.state !== 'ended');
    const set = async (request: RetirementRequest): Promise<RetirementOutcome> => {
      try {
        await setRetirement(url, move, side, request);
        const now = await look();
        logger.info({ capability, side, state: now.state }, 'the retirement was asked to go on');
        return { accepted: true, now };
      } catch (error) {
        logger.warn({ capability, request, err: error }, 'the retirement can not go on');
        return { accepted: false, message: messageOf(error) };
      }
    };
    return [
      answerJson(nats, retirementSubject('look', capability, side), z.object({}), look, onError),
      answerJson(nats, retirementSubject('set', capability, side), retirementRequestSchema, set, onError),
    ];
  }

  return {
    status: () => status,
    async stop() {
      ending.abort();
      await Promise.all([following, answering]);
      stopAnswering();
      await replicating?.stop();
    },
  };
}
