import { z } from 'zod';
import { type AppliedUpTo, appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import {
  type BackfillProgress,
  type BackfillRequest,
  backfillRequestSchema,
  backfillSubject,
} from '#contracts/strangler/backfill.js';
import {
  changeStream,
  changeSubject,
  type Position,
  type Signal,
} from '#contracts/strangler/change-message.js';
import { type Move, otherSide, type Side } from '#contracts/strangler/move.js';
import { appliedPositionSubject } from '#contracts/strangler/rewind-request.js';
import { type KeysReport, keysReportSubject } from '#contracts/strangler/verify.js';
import { answerJson, type NatsConnection, publishJson } from '#platform/messaging/exchange-json.js';
import { openLog } from '#platform/messaging/ordered-log.js';
import { watchConnection } from '#platform/messaging/watch-connection.js';
import { ownershipTable } from '#platform/ownership/ownership-table.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Connection } from '../database/connect-mysql.js';
import { describeColumns } from '../database/describe-columns.js';
import type { ApplyMetrics } from '../observe/metrics.js';
import { sayOwners } from '../ownership/say-owners.js';
import { takeTurns } from '../turns/take-turns.js';
import { type AppliedState, loadApplied } from '../state/applied-state.js';
import type { Outcome } from './apply-messages.js';
import { applyStream, type StreamEvents } from './apply-stream.js';
import type { Failure } from './explain-failure.js';
import { fillReplica } from './fill-replica.js';

export interface ApplyOptions {
  /** The database that holds the replica. */
  url: string;
  move: Move;
  /** The side of that database. */
  side: Side;
  nats: NatsConnection;
  logger: Logger;
  metrics: ApplyMetrics;
  /** Most rows of one chunk of a backfill. */
  chunkRows?: number;
  /** Lag in milliseconds above which a backfill waits. */
  mostLag?: number;
}

export interface ApplyStatus {
  /** `standby`: another instance applies. `waiting`: nothing comes. `stopped`: a person is needed, see `failure`. */
  state: 'starting' | 'standby' | 'waiting' | 'applying' | 'stopped';
  message?: string;
  failure?: Failure;
  position?: Position;
  /** Milliseconds that the replica was behind when it applied the newest heartbeat. */
  lag?: number;
  backfill?: BackfillProgress;
}

export interface Applier {
  status(): ApplyStatus;
  stop(): Promise<void>;
}

/** Keeps one capability's replica on one side current for as long as it runs, whatever comes and goes. */
export function runApply(options: ApplyOptions): Applier {
  const { url, move, side, nats, metrics } = options;
  const { capability } = move;
  const logger = options.logger.child({ capability });
  const source = otherSide(side);
  const broker = watchConnection(nats);
  const ending = new AbortController();
  const requested: BackfillRequest[] = [];
  let status: ApplyStatus = { state: 'starting' };
  let position: Position | undefined;
  let lag = 0;

  const filler = fillReplica({
    ...options,
    replica: side,
    chunkRows: options.chunkRows ?? 2_000,
    mostLag: options.mostLag ?? 1_000,
    lag: () => (status.state === 'applying' ? lag : Infinity),
  });

  function become(next: ApplyStatus): void {
    if (
      next.state !== status.state ||
      next.message !== status.message ||
      next.failure?.message !== status.failure?.message
    ) {
      const { code, message, table } = next.failure ?? {};
      logger[next.state === 'stopped' ? 'error' : 'info'](
        { code, reason: message ?? next.message, table },
        `applier is ${next.state}`,
      );
    }
    status = next;
    metrics.state(next.state);
  }

  const running = takeTurns(
    {
      url,
      purpose: `apply ${capability}`,
      signal: ending.signal,
      onStandby: () => become({ state: 'standby' }),
      onInterrupted(error) {
        logger.debug({ err: error }, 'applier interrupted');
        if (status.state !== 'stopped') become({ state: 'starting', message: messageOf(error) });
      },
    },
    async (connection, goesWell) => {
      await checkTables(connection, move, side);
      position = (await loadApplied(connection, capability)).position;
      const log = await openLog(nats, changeStream(capability, source), changeSubject(capability, source));
      const stopServing = serve();
      try {
        await applyStream({
          ...options,
          connection,
          log,
          broker,
          signal: ending.signal,
          requested,
          on: events(goesWell),
        });
      } finally {
        for (const stop of stopServing) stop();
      }
    },
  );

  function events(goesWell: () => void): StreamEvents {
    return {
      applied(state, signals, outcome) {
        goesWell();
        applied(state, signals, outcome);
      },
      stopped: (failure) => become({ state: 'stopped', failure }),
      silent: () =>
        become({ state: 'waiting', message: `nothing comes from the sidecar beside the ${source}` }),
      filling: () => filler.wake(),
      trouble: (error) => logger.debug({ err: error }, 'the stream is interrupted'),
    };
  }

  function applied(state: AppliedState, signals: Signal[], { granted, reports }: Outcome): void {
    sayOwners(nats, capability, side, granted);
    if (granted.length > 0) logger.info({ granted }, 'buckets were granted');
    position = state.position;
    filler.met(signals);
    for (const report of [...reports, ...lostOf(signals)])
      publishJson(nats, keysReportSubject(capability, side), report);
    const writtenAt = signals.reduce(
      (newest, signal) => (signal.kind === 'heartbeat' ? Math.max(newest, signal.writtenAt) : newest),
      0,
    );
    become({ state: 'applying' });
    if (writtenAt === 0) return;
    const appliedAt = Date.now();
    lag = appliedAt - writtenAt;
    metrics.lag(lag);
    if (!state.filled) return;
    const message: AppliedUpTo = { capability, side, writtenAt, appliedAt };
    publishJson(nats, appliedUpToSubject(capability, side), message);
  }

  function serve(): (() => void)[] {
    const onError = (error: unknown): void => logger.warn({ err: error }, 'a request to the applier failed');
    return [
      answerJson(nats, appliedPositionSubject(capability, side), z.object({}), async () => position, onError),
      answerJson(nats, backfillSubject(capability, side), backfillRequestSchema, backfill, onError),
    ];
  }

  async function backfill(request: BackfillRequest): Promise<BackfillProgress | null> {
    logger.info(request, 'a backfill was asked for');
    requested.push(request);
    return filler.progress() ?? null;
  }

  return {
    status() {
      const backfillProgress = filler.progress();
      return {
        ...status,
        lag,
        ...(position ? { position } : {}),
        ...(backfillProgress ? { backfill: backfillProgress } : {}),
      };
    },
    async stop() {
      ending.abort();
      await filler.stop();
      await running;
    },
  };
}

async function checkTables(connection: Connection, move: Move, side: Side): Promise<void> {
  const tables = [...move.tables.map(({ [side]: one }) => one.table), ownershipTable(move.capability)];
  for (const table of tables) {
    const columns = await describeColumns(connection, table);
    if (columns.length === 0) throw new Error(`the table ${table} is not there yet`);
  }
}

/** Whoever waits for keys whose rows are lost need not wait any longer. */
function lostOf(signals: readonly Signal[]): KeysReport[] {
  return signals.flatMap((signal) =>
    signal.kind === 'lost-chunk' ? [{ id: signal.id, outcome: 'lost' as const }] : [],
  );
}
