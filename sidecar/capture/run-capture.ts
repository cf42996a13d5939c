import {
  chunkRequestSchema,
  chunkSubject,
  type ChunkAnswer,
  type ChunkRequest,
} from '#contracts/strangler/backfill.js';
import { type ChangeMessage, type Position, samePosition } from '#contracts/strangler/change-message.js';
import type { Move, Side } from '#contracts/strangler/move.js';
import {
  type RewindAnswer,
  type RewindRequest,
  rewindRequestSchema,
  rewindSubject,
} from '#contracts/strangler/rewind-request.js';
import {
  type KeysAnswer,
  type KeysRequest,
  keysRequestSchema,
  keysSubject,
} from '#contracts/strangler/verify.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { watchConnection } from '#platform/messaging/watch-connection.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Connection } from '../database/connect-mysql.js';
import type { CaptureMetrics } from '../observe/metrics.js';
import { pause, takeTurns } from '../turns/take-turns.js';
import { readKeys } from './read-keys.js';
import { beginReading } from './begin-reading.js';
import { CaptureStopped } from './capture-error.js';
import { explainReadingError } from './explain-reading-error.js';
import { messageRoom } from './message-room.js';
import { readChunk } from './read-chunk.js';
import { type Reading, TableRedefined } from './read-changes.js';
import { watchReading } from './watch-reading.js';

export interface CaptureOptions {
  /** The database whose changes are captured. */
  url: string;
  move: Move;
  /** The side of that database. */
  side: Side;
  nats: NatsConnection;
  /** All tables of this database that some capability moves. */
  movedTables: readonly string[];
  logger: Logger;
  metrics: CaptureMetrics;
  /** Rows were written that the replica lacks. */
  onWritten(): void;
  /** The capability's outbox has new events. */
  onSaid(): void;
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

/** How often what a person has to mend is tried again, in milliseconds. */
const stoppedRetry = 5_000;
/** How long a broker that is away is waited for before the database is left alone again, in milliseconds. */
const brokerPatience = 5_000;
/** Redefined tables that are remembered; one that is forgotten and met again is looked at again. */
const mostRedefinitions = 1_000;
/** A request that repeats an earlier one within this time changes nothing, in milliseconds. */
const repetitionBound = 2_000;

/** Captures one capability's changes on one side for as long as it runs, whatever comes and goes. */
export function runCapture(options: CaptureOptions): Capture {
  const { url, move, side, nats, metrics } = options;
  const { capability } = move;
  const logger = options.logger.child({ capability });
  const broker = watchConnection(nats);
  const ending = new AbortController();
  let status: CaptureStatus = { state: 'starting' };
  let reading: Reading | undefined;
  /** The place that an applier asked for last: `served` once a reading has begun there. */
  let wanted: { position: Position; at: number; served: boolean } | undefined;
  let wake = new AbortController();
  let warned = '';
  const seenRedefinitions = new Set<string>();
  let trustLast = false;

  function become(next: CaptureStatus): void {
    const changed = next.state !== status.state || next.message !== status.message;
    status = { ...(status.position ? { position: status.position } : {}), ...next };
    metrics.state(next.state);
    if (!changed || (next.state === 'starting' && !next.message)) return;
    const { code, message: reason } = next;
    logger[next.state === 'stopped' ? 'error' : 'info']({ code, reason }, `capture is ${next.state}`);
  }

  const running = takeTurns(
    {
      url,
      purpose: `capture ${capability}`,
      signal: ending.signal,
      onStandby: () => become({ state: 'standby' }),
      onInterrupted(error) {
        logger.debug({ err: error }, 'capture interrupted');
        become({ state: 'starting', message: messageOf(error) });
      },
    },
    async (connection, goesWell) => {
      const stopServing = [
        answerJson(nats, rewindSubject(capability, side), rewindRequestSchema, rewind, onRequestError),
        answerJson(nats, chunkSubject(capability, side), chunkRequestSchema, chunk, onRequestError),
        answerJson(nats, keysSubject(capability, side), keysRequestSchema, keys, onRequestError),
      ];
      try {
        while (!ending.signal.aborted) await captureOnce(connection, goesWell);
      } finally {
        for (const stop of stopServing) stop();
      }
    },
  );

  async function captureOnce(connection: Connection, goesWell: () => void): Promise<void> {
    await broker.untilConnected(brokerPatience);
    wake = new AbortController();
    const asked = wanted?.served ? undefined : wanted;
    try {
      const onStored = (message: ChangeMessage): void => {
        goesWell();
        trustLast = false;
        metrics.stored(message);
      };
      reading = await beginReading({
        ...options,
        connection,
        trustLast,
        seenRedefinitions,
        wanted: asked?.position,
        onStart,
        onStored,
        onWarnings,
      });
      if (asked) asked.served = true;
      // Another place may have been asked for meanwhile: then the next round begins there.
      if (wanted && !wanted.served) return;
      become({ state: 'reading' });
      await watchReading(reading, connection, broker, ({ position, outstanding }) => {
        status = { ...status, position };
        metrics.outstanding(outstanding);
      });
    } catch (error) {
      // The tables are looked at before the next reading begins.
      if (error instanceof TableRedefined) return noteRedefinition(seenRedefinitions, error.gtid);
      const explained = explainReadingError(error, capability);
      if (!(explained instanceof CaptureStopped)) throw explained;
      // The last transaction may be the last of a log that is gone; the place behind it is there all the same.
      if (explained.code === 'position_unavailable' && !trustLast) return void (trustLast = true);
      // Until somebody asks for another place, that one is tried again: going on elsewhere would only hide the trouble.
      if (asked) asked.served = false;
      become({ state: 'stopped', code: explained.code, message: explained.message });
      await pause(stoppedRetry, AbortSignal.any([ending.signal, wake.signal]));
    } finally {
      reading?.stop();
      reading = undefined;
    }
  }

  function onStart(position: Position): void {
    status = { ...status, position };
  }

  function onWarnings(warnings: readonly string[]): void {
    if (warnings.join() !== warned)
      logger.warn({ warnings }, 'the database may lose changes in a crash of its machine');
    warned = warnings.join();
  }

  async function rewind({ position, reason }: RewindRequest): Promise<RewindAnswer> {
    logger.warn({ position, reason }, 'asked to send changes again');
    metrics.rewound();
    if (status.state === 'stopped' && status.position && samePosition(status.position, position)) {
      const { code = 'stopped', message = 'the capture is stopped' } = status;
      return { accepted: false, code, message };
    }
    const repeated =
      wanted && Date.now() - wanted.at < repetitionBound && samePosition(wanted.position, position);
    if (repeated) return { accepted: true };
    wanted = { position, at: Date.now(), served: false };
    reading?.stop();
    wake.abort();
    return { accepted: true };
  }

  async function chunk(request: ChunkRequest): Promise<ChunkAnswer> {
    if (!reading) return { accepted: false, message: `the capture is ${status.state}` };
    return readChunk(url, move, side, reading.windows, request, messageRoom(nats));
  }

  async function keys(request: KeysRequest): Promise<KeysAnswer> {
    if (!reading) return { accepted: false, message: `the capture is ${status.state}` };
    return readKeys(url, move, side, reading.keyWindows, request, messageRoom(nats));
  }

  function onRequestError(error: unknown): void {
    logger.warn({ err: error }, 'a request to the capture failed');
  }

  return {
    status: () => status,
    async stop() {
      ending.abort();
      reading?.stop();
      await running;
    },
  };
}

/** The reading goes on behind it from now on: only the newest can be met again, after a rewind. */
function noteRedefinition(seen: Set<string>, gtid: string): void {
  seen.add(gtid);
  const [oldest] = seen;
  if (seen.size > mostRedefinitions && oldest !== undefined) seen.delete(oldest);
}
