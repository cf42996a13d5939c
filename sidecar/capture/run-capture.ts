import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  chunkRequestSchema,
  chunkSubject,
  type ChunkAnswer,
  type ChunkRequest,
} from '#contracts/strangler/backfill.js';
import {
  type ChangeMessage,
  changeStream,
  changeSubject,
  type Position,
  samePosition,
} from '#contracts/strangler/change-message.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import {
  type RewindAnswer,
  type RewindRequest,
  rewindRequestSchema,
  rewindSubject,
} from '#contracts/strangler/rewind-request.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { openLog } from '#platform/messaging/ordered-log.js';
import { onDisconnect } from '#platform/messaging/watch-connection.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { type Connection, connectMysql, exactOptions, selectRows } from '../connect-mysql.js';
import { heartbeatTable } from '../control-tables.js';
import { describeColumns, unsupportedColumns } from '../describe-columns.js';
import { tryLock } from '../named-lock.js';
import { backOff } from '../back-off.js';
import type { CaptureMetrics } from '../metrics.js';
import { CaptureStopped } from './capture-error.js';
import { checkSource, currentGtid } from './check-source.js';
import { chooseServerId } from './choose-server-id.js';
import { explainReadingError } from './explain-reading-error.js';
import { findStart } from './find-start.js';
import { readChunk } from './read-chunk.js';
import { type Reading, readChanges } from './read-changes.js';

export interface CaptureOptions {
  /** The database whose changes are captured. */
  url: string;
  move: Move;
  /** The side of that database. */
  side: Side;
  nats: NatsConnection;
  logger: Logger;
  metrics: CaptureMetrics;
}

export interface CaptureStatus {
  /** `standby`: another instance captures. `stopped`: a person is needed, see `code` and `message`. */
  state: 'starting' | 'standby' | 'reading' | 'stopped';
  code?: string;
  message?: string;
  position?: Position;
}

export interface Capture {
  status(): CaptureStatus;
  stop(): Promise<void>;
}

/** Bytes of a message that are not row images: names, places, signals. */
const envelopeBytes = 8 * 1024;
/** How often one that a person has to mend is tried again, in milliseconds. */
const stoppedRetry = 5_000;
/** A reading that is silent for this long while heartbeats are written is dead, in milliseconds. */
const silenceBound = 5_000;

/** Captures one capability's changes on one side for as long as it runs, whatever comes and goes. */
export function runCapture(options: CaptureOptions): Capture {
  const { url, move, side, nats, logger, metrics } = options;
  const schema = exactOptions(url).database;
  const ending = new AbortController();
  const delay = backOff();
  let status: CaptureStatus = { state: 'starting' };
  let reading: Reading | undefined;
  let wanted: { position: Position; at: number } | undefined;
  let served: typeof wanted;
  let wake = new AbortController();

  function become(next: CaptureStatus): void {
    if (next.state !== status.state || next.message !== status.message) {
      logger[next.state === 'stopped' ? 'error' : 'info'](
        { capability: move.capability, ...next },
        `capture is ${next.state}`,
      );
    }
    status = next;
    metrics.state(next.state);
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await captureWhileLocked();
      } catch (error) {
        if (ending.signal.aborted) return;
        logger.warn({ capability: move.capability, err: error }, 'capture interrupted, trying again');
        become({ state: 'starting', message: (error as Error).message });
        await pause(delay.next());
      }
    }
  }

  /** Only one instance captures: its lock lives as long as its connection. */
  async function captureWhileLocked(): Promise<void> {
    const connection = await connectMysql(url);
    const stopServing: (() => void)[] = [];
    try {
      while (!(await tryLock(connection, `capture ${schema} ${move.capability}`))) {
        become({ state: 'standby' });
        await pause(1_000);
        if (ending.signal.aborted) return;
      }
      stopServing.push(
        answerJson(nats, rewindSubject(move.capability, side), rewindRequestSchema, rewind, onRequestError),
        answerJson(nats, chunkSubject(move.capability, side), chunkRequestSchema, chunk, onRequestError),
      );
      while (!ending.signal.aborted) await captureOnce(connection);
    } finally {
      for (const stop of stopServing) stop();
      connection.destroy();
    }
  }

  async function captureOnce(connection: Connection): Promise<void> {
    served = wanted;
    wanted = undefined;
    wake = new AbortController();
    try {
      reading = await beginReading(connection);
      if (!wanted) await watchReading(connection, reading);
    } catch (error) {
      const explained = explainReadingError(error, move.capability);
      wanted ??= served;
      if (!(explained instanceof CaptureStopped)) throw explained;
      become({
        state: 'stopped',
        code: explained.code,
        message: explained.message,
        ...(status.position ? { position: status.position } : {}),
      });
      await pause(stoppedRetry, wake.signal);
    } finally {
      reading?.stop();
      reading = undefined;
    }
  }

  async function beginReading(connection: Connection): Promise<Reading> {
    const { mariadb } = await checkSource(connection);
    await waitForTables(connection);
    const [row] = await selectRows<{ origin: string }>(connection, 'SELECT origin FROM strangler_origin');
    const origin = row?.origin ?? '';
    const log = await openLog(
      nats,
      changeStream(move.capability, side),
      changeSubject(move.capability, side),
    );
    const start = await findStart(log, move.capability, side, origin, served?.position);
    become({ state: 'starting', position: start.position });
    if (start.position.origin !== null && start.position.origin !== origin) throw otherOrigin();
    const serverId = await chooseServerId(connection, `${schema} ${move.capability} ${side}`);
    const gtid = start.position.gtid ?? (await currentGtid(connection, mariadb));
    const maxBytes = nats.info ? nats.info.max_payload - envelopeBytes : 0;
    return readChanges({
      url,
      schema,
      move,
      side,
      origin,
      serverId,
      run: randomUUID(),
      start,
      gtid,
      log,
      maxBytes,
      onStored,
    });
  }

  function onStored(message: ChangeMessage): void {
    delay.reset();
    metrics.stored(message);
  }

  async function watchReading(connection: Connection, current: Reading): Promise<void> {
    become({ state: 'reading', position: current.progress().position });
    const stopWatching = onDisconnect(nats, () => current.fail(new Error('the broker went away')));
    const watching = setInterval(() => void look(), 1_000);
    let seen = { events: 0, at: Date.now(), written: 0 };
    async function look(): Promise<void> {
      try {
        const [row] = await selectRows<{ written: number }>(
          connection,
          `SELECT written_at AS written FROM ${heartbeatTable}`,
        );
        const { events, paused, position, outstanding } = current.progress();
        status = { ...status, position };
        metrics.outstanding(outstanding);
        if (events !== seen.events || paused) seen = { events, at: Date.now(), written: row?.written ?? 0 };
        const silent = Date.now() - seen.at > silenceBound && (row?.written ?? 0) > seen.written;
        if (silent) current.fail(new Error('the log has been silent while heartbeats are written'));
      } catch (error) {
        current.fail(error);
      }
    }
    try {
      const error = await current.ended;
      if (error !== undefined) throw error;
    } finally {
      clearInterval(watching);
      stopWatching();
    }
  }

  async function waitForTables(connection: Connection): Promise<void> {
    for (const { [side]: one } of move.tables) {
      let columns = await describeColumns(connection, one.table);
      while (columns.length === 0) {
        become({ state: 'starting', message: `waiting for the table ${one.table}` });
        await pause(500);
        if (ending.signal.aborted) return;
        columns = await describeColumns(connection, one.table);
      }
      const unsupported = unsupportedColumns(columns);
      if (unsupported.length > 0) {
        throw new CaptureStopped(
          'unsupported_column',
          `${one.table} has columns that can't be replicated exactly: ${unsupported.join(', ')}`,
        );
      }
    }
  }

  async function rewind({ position, reason }: RewindRequest): Promise<RewindAnswer> {
    logger.warn({ capability: move.capability, position, reason }, 'asked to send changes again');
    metrics.rewound();
    if (status.state === 'stopped' && status.position && samePosition(status.position, position)) {
      return {
        accepted: false,
        code: status.code ?? 'stopped',
        message: status.message ?? 'the capture is stopped',
      };
    }
    const repeated = [wanted, served].find(
      (one) => one && Date.now() - one.at < 2_000 && samePosition(one.position, position),
    );
    if (repeated) return { accepted: true };
    wanted = { position, at: Date.now() };
    reading?.stop();
    wake.abort();
    return { accepted: true };
  }

  async function chunk(request: ChunkRequest): Promise<ChunkAnswer> {
    if (!reading) return { accepted: false, message: `the capture is ${status.state}` };
    return readChunk(url, move, side, reading.windows, request, (nats.info?.max_payload ?? 0) / 2);
  }

  function otherOrigin(): CaptureStopped {
    return new CaptureStopped(
      'other_origin',
      `the replica was filled from another database than the one at ${schema}: if this is meant to be, ` +
        `fill the replica anew (backfill ${move.capability} with a new chain)`,
    );
  }

  function onRequestError(error: unknown): void {
    logger.warn({ capability: move.capability, err: error }, 'a request to the capture failed');
  }

  async function pause(milliseconds: number, also?: AbortSignal): Promise<void> {
    const signal = also ? AbortSignal.any([ending.signal, also]) : ending.signal;
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }

  const running = run();
  return {
    status: () => status,
    async stop() {
      ending.abort();
      reading?.stop();
      await running;
    },
  };
}
