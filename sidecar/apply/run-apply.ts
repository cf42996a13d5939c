import { setTimeout as sleep } from 'node:timers/promises';
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
import { answerJson, type NatsConnection, publishJson } from '#platform/messaging/exchange-json.js';
import { openLog } from '#platform/messaging/ordered-log.js';
import { watchConnection } from '#platform/messaging/watch-connection.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { backOff } from '../back-off.js';
import { type Connection, connectMysql, exactOptions } from '../connect-mysql.js';
import { describeColumns } from '../describe-columns.js';
import type { ApplyMetrics } from '../metrics.js';
import { tryLock } from '../named-lock.js';
import { type AppliedState, loadApplied } from './applied-state.js';
import { applyStream } from './apply-stream.js';
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
  const { url, move, side, nats, logger, metrics } = options;
  const { capability } = move;
  const schema = exactOptions(url).database;
  const broker = watchConnection(nats);
  const ending = new AbortController();
  const delay = backOff();
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
        { capability, code, reason: message ?? next.message, table },
        `applier is ${next.state}`,
      );
    }
    status = next;
    metrics.state(next.state);
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      const startedAt = Date.now();
      try {
        await applyWhileLocked();
      } catch (error) {
        if (ending.signal.aborted) return;
        logger.debug({ capability, err: error }, 'applier interrupted');
        if (status.state !== 'stopped') become({ state: 'starting', message: (error as Error).message });
        if (Date.now() - startedAt > 5_000) delay.reset();
        await pause(delay.next());
      }
    }
  }

  /** Only one instance applies: its lock lives as long as its connection. Should two think so, the place decides. */
  async function applyWhileLocked(): Promise<void> {
    const connection = await connectMysql(url);
    const stopServing: (() => void)[] = [];
    try {
      while (!(await tryLock(connection, `apply ${schema} ${capability}`))) {
        become({ state: 'standby' });
        await pause(500);
        if (ending.signal.aborted) return;
      }
      await waitForTables(connection);
      position = (await loadApplied(connection, capability)).position;
      stopServing.push(...serve());
      const log = await openLog(
        nats,
        changeStream(capability, otherSide(side)),
        changeSubject(capability, otherSide(side)),
      );
      await applyStream({
        connection,
        log,
        broker,
        move,
        side,
        signal: ending.signal,
        metrics,
        requested,
        on: {
          applied,
          stopped: (failure) => become({ state: 'stopped', failure }),
          silent: () =>
            become({
              state: 'waiting',
              message: `nothing comes from the sidecar beside the ${otherSide(side)}`,
            }),
          filling: () => filler.wake(),
          trouble: (error) => logger.debug({ capability, err: error }, 'the stream is interrupted'),
        },
      });
    } finally {
      for (const stop of stopServing) stop();
      connection.destroy();
    }
  }

  function applied(state: AppliedState, signals: Signal[]): void {
    position = state.position;
    filler.met(signals);
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
    const onError = (error: unknown): void =>
      logger.warn({ capability, err: error }, 'a request to the applier failed');
    return [
      answerJson(nats, appliedPositionSubject(capability, side), z.object({}), async () => position, onError),
      answerJson(nats, backfillSubject(capability, side), backfillRequestSchema, backfill, onError),
    ];
  }

  async function backfill(request: BackfillRequest): Promise<BackfillProgress | null> {
    logger.info({ capability, ...request }, 'a backfill was asked for');
    requested.push(request);
    return filler.progress() ?? null;
  }

  async function waitForTables(connection: Connection): Promise<void> {
    for (const { [side]: one } of move.tables) {
      while ((await describeColumns(connection, one.table)).length === 0) {
        become({ state: 'starting', message: `waiting for the table ${one.table}` });
        await pause(500);
        if (ending.signal.aborted) return;
      }
    }
  }

  async function pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal: ending.signal }).catch(() => undefined);
  }

  const running = run();
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
