import { z } from 'zod';
import { type Move, otherSide, type Side } from '#contracts/strangler/move.js';
import {
  type OwnershipAnswer,
  type OwnershipQuestion,
  ownershipSubject,
  type ReleaseAnswer,
  releaseRequestSchema,
  type TakeBackAnswer,
  type TakeBackRequest,
  takeBackRequestSchema,
  reopenRequestSchema,
  vetoRequestSchema,
} from '#contracts/strangler/ownership.js';
import { isAtLeast } from '#contracts/strangler/retirement.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { listenToOwners } from '#platform/ownership/listen-to-owners.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import { loadApplied } from '../state/applied-state.js';
import { readDurability } from '../capture/check-source.js';
import type { Connection } from '../database/connect-mysql.js';
import type { OwnershipMetrics } from '../observe/metrics.js';
import { readRetirement } from '../state/retirement-row.js';
import { pause, takeTurns } from '../turns/take-turns.js';
import { answerForTokens } from './answer-for-tokens.js';
import { compareSides } from './compare-sides.js';
import { obeyAbandonment } from './obey-abandonment.js';
import { readOwners } from '../state/owner-rows.js';
import { releaseBuckets } from './release-buckets.js';
import { sayOwners } from './say-owners.js';
import { readVoidUpTo, takeBack } from './void-epochs.js';

export interface OwnershipOptions {
  /** The database whose ownership rows these are. */
  url: string;
  move: Move;
  /** The side of that database. */
  side: Side;
  nats: NatsConnection;
  logger: Logger;
  metrics: OwnershipMetrics;
}

export interface OwnershipStatus {
  /** `standby`: another instance answers. `stopped`: both sides own a bucket, a person is needed; questions are answered. */
  state: 'starting' | 'standby' | 'answering' | 'stopped';
  code?: 'two_owners';
  message?: string;
  /** Buckets that this side owns. */
  owned?: number;
}

export interface Ownership {
  status(): OwnershipStatus;
  stop(): Promise<void>;
}

/** How often all rows are said, in milliseconds: whoever missed news has them then. */
const sayEvery = 1_000;

/**
 * Answers for the ownership rows of one capability on one side, and says what they are. One instance does at a time; that
 * is for order only: each statement decides by itself, under the lock of its row.
 */
export function runOwnership(options: OwnershipOptions): Ownership {
  const { url, move, side, nats, metrics } = options;
  const { capability } = move;
  const logger = options.logger.child({ capability });
  const [ending, sides] = [new AbortController(), compareSides()];
  const tokens = answerForTokens({ ...options, logger });
  const stopObeying = side === 'service' ? obeyAbandonment({ ...options, logger }) : (): void => undefined;
  let status: OwnershipStatus = { state: 'starting' };

  function become(next: OwnershipStatus): void {
    if (next.state !== status.state || next.message !== status.message)
      logger[next.state === 'stopped' ? 'error' : 'info'](
        { code: next.code, reason: next.message },
        `ownership is ${next.state}`,
      );
    status = next;
    metrics.state(next.state);
  }

  const running = takeTurns(
    {
      url,
      purpose: `ownership ${capability}`,
      signal: ending.signal,
      onStandby: () => become({ state: 'standby' }),
      onInterrupted: (error) => become({ state: 'starting', message: messageOf(error) }),
    },
    async (connection, goesWell) => {
      // Before anybody is answered: a table that is missing shows here.
      await sayAll(connection);
      const stopServing = serve(connection);
      try {
        while (!ending.signal.aborted) {
          goesWell();
          await pause(sayEvery, ending.signal);
          await sayAll(connection);
        }
      } finally {
        for (const stop of stopServing) stop();
      }
    },
  );

  async function sayAll(connection: Connection): Promise<void> {
    const rows = await readOwners(connection, capability, 'all', 'plain');
    const voidUpTo = await readVoidUpTo(connection, capability);
    sayOwners(nats, capability, side, rows, await isLeaving(connection), voidUpTo);
    const owned = rows.filter(({ state }) => state === 'owned').length;
    metrics.owned(owned);
    const contested = sides.contested(rows);
    if (contested.length === 0) become({ state: 'answering', owned });
    else
      become({
        state: 'stopped',
        code: 'two_owners',
        message: describeContest(capability, contested),
        owned,
      });
  }

  function serve(connection: Connection): (() => void)[] {
    function answers<Schema extends z.ZodType>(
      question: OwnershipQuestion,
      schema: Schema,
      answer: (request: z.output<Schema>) => Promise<unknown>,
    ): () => void {
      return answerJson(nats, ownershipSubject(question, capability, side), schema, answer, (error) =>
        logger.warn({ question, err: error }, 'a question about ownership failed'),
      );
    }
    return [
      listenToOwners(
        nats,
        { capability, side: otherSide(side) },
        ({ rows }) => sides.heard(rows),
        (problem) => logger.warn({ problem }, 'what is said of owners is not understood'),
      ),
      answers('rows', z.object({}), () => tell(connection)),
      answers('release', releaseRequestSchema, release),
      answers('veto', vetoRequestSchema, (request) => tokens.veto(connection, request)),
      answers('reopen', reopenRequestSchema, (request) => tokens.reopen(connection, request)),
      answers('take-back', takeBackRequestSchema, (request) => reclaim(connection, request)),
    ];
  }

  async function tell(connection: Connection): Promise<OwnershipAnswer> {
    const rows = await readOwners(connection, capability, 'all', 'plain');
    const { filled, wentBack } = await loadApplied(connection, capability);
    const leaving = await isLeaving(connection);
    const voidUpTo = await readVoidUpTo(connection, capability);
    const undurable = await readDurability(connection);
    return { capability, side, rows, filled, wentBack, leaving, voidUpTo, undurable };
  }

  async function isLeaving(connection: Connection): Promise<boolean> {
    return side === 'monolith' && isAtLeast(await readRetirement(connection, capability), 'leaving');
  }

  async function release(request: z.output<typeof releaseRequestSchema>): Promise<ReleaseAnswer> {
    const answer = await releaseBuckets(url, capability, request, (error) =>
      logger.warn({ err: error }, 'those who hold a release up can not be named'),
    );
    sayOwners(nats, capability, side, answer.rows);
    const { outcome, advice } = answer;
    // Statements hold what clients sent: they are for the operator who asked, not for logs.
    const blockers = answer.blockers.map(({ statement: _, ...blocker }) => blocker);
    logger[blockers.length > 0 ? 'warn' : 'info'](
      { request, outcome, blockers, advice },
      'a release was asked for',
    );
    return answer;
  }

  async function reclaim(connection: Connection, request: TakeBackRequest): Promise<TakeBackAnswer> {
    const rows = (await takeBack(url, capability, request)) ?? [];
    sayOwners(nats, capability, side, rows, await isLeaving(connection), request.voidUpTo);
    logger.warn({ request, done: rows.length > 0 }, 'all buckets were asked to be taken back');
    return { done: rows.length > 0, rows };
  }

  return {
    status: () => status,
    async stop() {
      ending.abort();
      stopObeying?.();
      await running;
    },
  };
}

function describeContest(capability: string, contested: readonly string[]): string {
  return (
    `both sides own ${capability}'s bucket ${contested.join(', ')}: was a database restored, or failed over to a replica ` +
    'that missed a release? Stop the writes of these buckets, compare both sides (strangler data verify), and set the ' +
    'row of the side that is wrong to released'
  );
}
