import type { Logger } from '#platform/telemetry/logger.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Connection } from '../database/connect-mysql.js';
import { heartbeatTable } from '../database/control-tables.js';
import { pause, takeTurns } from '../turns/take-turns.js';
import { pace } from './heartbeat-pace.js';

/** The heartbeats of one database. */
export interface Heartbeats {
  /** Rows were written: readers wait to hear that the replicas have them. */
  hurry(): void;
  stop(): Promise<void>;
}

/**
 * Writes the time into the source's database, again and again; with the changes it travels to the replicas.
 * @param rest milliseconds between two while nothing is written
 */
export function writeHeartbeats(url: string, logger: Logger, rest = pace.resting): Heartbeats {
  const ending = new AbortController();
  const { signal } = ending;
  let hurriedUntil = 0;
  let resting = new AbortController();

  async function untilNext(startedAt: number): Promise<void> {
    resting = new AbortController();
    if (Date.now() >= hurriedUntil) await pause(startedAt + rest - Date.now(), resting.signal);
    await pause(startedAt + pace.usual - Date.now(), signal);
  }

  const running = takeTurns(
    {
      url,
      purpose: 'heartbeat',
      signal,
      onStandby: () => undefined,
      onInterrupted: (error) => logger.warn({ reason: messageOf(error) }, 'heartbeats interrupted'),
    },
    async (connection, goesWell) => {
      while (!signal.aborted) {
        const startedAt = Date.now();
        await writeHeartbeat(connection, startedAt);
        goesWell();
        await untilNext(startedAt);
      }
    },
  );
  return {
    hurry() {
      hurriedUntil = Date.now() + pace.expectedFor;
      resting.abort();
    },
    async stop() {
      ending.abort();
      resting.abort();
      await running;
    },
  };
}

/** The time is taken before the statement is sent: all that was committed by then comes before it in the log. */
async function writeHeartbeat(connection: Connection, now: number): Promise<void> {
  await connection.query(
    `INSERT INTO ${heartbeatTable} (id, written_at) VALUES (1, ?) ON DUPLICATE KEY UPDATE written_at = VALUES(written_at)`,
    [now],
  );
}
