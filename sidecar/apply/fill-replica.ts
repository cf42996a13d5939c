import { randomUUID } from 'node:crypto';
import {
  type BackfillProgress,
  backfillProgressSubject,
  chunkAnswerSchema,
  chunkSubject,
} from '#contracts/strangler/backfill.js';
import type { Signal } from '#contracts/strangler/change-message.js';
import { type Move, otherSide, type Side } from '#contracts/strangler/move.js';
import type { WireValue } from '#contracts/strangler/row-values.js';
import { type NatsConnection, publishJson, requestJson } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { backOff } from '../pace/back-off.js';
import { type Connection, connectMysql } from '../database/connect-mysql.js';
import type { ApplyMetrics } from '../observe/metrics.js';
import { pause } from '../turns/take-turns.js';
import { loadApplied } from '../state/applied-state.js';
import { describeProgress, loadProgress, noteEstimate, type TableProgress } from './backfill-progress.js';

export interface FillOptions {
  url: string;
  move: Move;
  replica: Side;
  nats: NatsConnection;
  logger: Logger;
  metrics: ApplyMetrics;
  chunkRows: number;
  /** Milliseconds of lag above which no further chunk is asked for. */
  mostLag: number;
  lag(): number;
}

/** Fills a replica, chunk by chunk, while its applier keeps it current. */
export interface Filler {
  /** There is something to fill. */
  wake(): void;
  /** Signals that the applier has met. */
  met(signals: readonly Signal[]): void;
  progress(): BackfillProgress | undefined;
  stop(): Promise<void>;
}

/** Chunks on their way at a time: one is read while another is applied. */
const depth = 3;
/** Longest wait for a chunk that was promised, in milliseconds. */
const chunkTimeout = 15_000;

/** How often a complete replica is looked at again, in milliseconds. */
const lookAgain = 60_000;

/** A backfill that can't go on until somebody mends what is in its way; it is tried again all the same. */
class BackfillStopped extends Error {}

type Outcome = 'applied' | 'lost' | 'late';

export function fillReplica(options: FillOptions): Filler {
  const { url, move, replica, nats, logger, metrics } = options;
  const { capability } = move;
  const ending = new AbortController();
  const delay = backOff();
  const awaited = new Map<string, (outcome: Outcome) => void>();
  let progress: BackfillProgress | undefined;
  let problem: string | undefined;
  let wake = new AbortController();

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        const complete = await fillOnce();
        if (complete) await pause(lookAgain, AbortSignal.any([ending.signal, wake.signal]));
        wake = new AbortController();
      } catch (error) {
        problem = error instanceof BackfillStopped ? error.message : undefined;
        logger[problem === undefined ? 'debug' : 'error'](
          { capability, err: error },
          'backfill interrupted, going on',
        );
        await pause(delay.next(), ending.signal);
      }
    }
  }

  /** @returns whether nothing is left to fill */
  async function fillOnce(): Promise<boolean> {
    const connection = await connectMysql(url);
    try {
      const next = (await report(connection)).find(({ complete }) => !complete);
      if (!next) return true;
      await fillTable(connection, next);
      const after = await report(connection);
      const done = after.every(({ complete }) => complete);
      if (done) logger.info({ capability, tables: progress?.tables }, 'backfill complete');
      return done;
    } finally {
      awaited.clear();
      connection.destroy();
    }
  }

  async function report(connection: Connection): Promise<TableProgress[]> {
    const tables = await loadProgress(connection, capability);
    const { filled } = await loadApplied(connection, capability);
    progress = describeProgress(capability, replica, filled, tables, Date.now());
    if (problem !== undefined && !progress.complete) progress = { ...progress, problem };
    for (const { table, percent } of progress.tables) metrics.filled(table, percent);
    publishJson(nats, backfillProgressSubject(capability, replica), progress);
    return tables;
  }

  /** Asks ahead of what has been applied; when a chunk is lost, all goes on from what the replica has noted. */
  async function fillTable(connection: Connection, { table, nextAfter }: TableProgress): Promise<void> {
    const outcomes: Promise<Outcome>[] = [];
    let after: WireValue[] | null = nextAfter;
    let more = true;
    let reportedAt = Date.now();
    // Woken means begun anew: then what was asked for is of no use.
    while (!ending.signal.aborted && !wake.signal.aborted && (more || outcomes.length > 0)) {
      if (more && outcomes.length < depth) {
        await untilCaughtUp();
        const asked = await ask(connection, table, after);
        outcomes.push(asked.outcome);
        after = asked.upTo;
        more = after !== null;
      } else {
        const outcome = await outcomes.shift();
        if (outcome !== 'applied') throw new Error(`a chunk of ${table} was ${outcome}`);
        delay.reset();
      }
      if (Date.now() - reportedAt < 1_000) continue;
      reportedAt = Date.now();
      await report(connection);
    }
  }

  async function ask(
    connection: Connection,
    table: string,
    after: WireValue[] | null,
  ): Promise<{ outcome: Promise<Outcome>; upTo: WireValue[] | null }> {
    const id = randomUUID();
    const outcome = outcomeOf(id);
    const request = { id, table, after, limit: options.chunkRows };
    const subject = chunkSubject(capability, otherSide(replica));
    const answer = await requestJson(nats, subject, request, chunkAnswerSchema, chunkTimeout);
    if (!answer.accepted) {
      const message = `the capture gave no chunk of ${table}: ${answer.message}`;
      throw answer.needsOperator ? new BackfillStopped(message) : new Error(message);
    }
    problem = undefined;
    if (answer.estimate !== null) await noteEstimate(connection, capability, table, answer.estimate);
    return { outcome, upTo: answer.upTo };
  }

  function outcomeOf(id: string): Promise<Outcome> {
    return new Promise((resolve) => {
      const late = setTimeout(resolve, chunkTimeout * 2, 'late');
      late.unref();
      awaited.set(id, (outcome) => {
        clearTimeout(late);
        awaited.delete(id);
        resolve(outcome);
      });
    });
  }

  async function untilCaughtUp(): Promise<void> {
    while (options.lag() > options.mostLag && !ending.signal.aborted) await pause(50, ending.signal);
  }

  const running = run();
  return {
    wake: () => wake.abort(),
    met(signals) {
      for (const signal of signals) {
        if (signal.kind === 'chunk') awaited.get(signal.id)?.('applied');
        else if (signal.kind === 'lost-chunk') awaited.get(signal.id)?.('lost');
      }
    },
    progress: () => progress,
    async stop() {
      ending.abort();
      for (const settle of [...awaited.values()]) settle('late');
      await running;
    },
  };
}
