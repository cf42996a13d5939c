import type { Logger } from '#platform/telemetry/logger.js';
import type { Connection } from '../connect-mysql.js';
import { heartbeatTable } from '../control-tables.js';
import { pause, takeTurns } from '../take-turns.js';

/** Milliseconds between heartbeats: no answer about freshness is finer than this. */
const interval = 100;

/**
 * Writes the time into the source's database, again and again; with the changes it travels to the replicas.
 * @returns a function that ends it
 */
export function writeHeartbeats(url: string, logger: Logger): () => Promise<void> {
  const ending = new AbortController();
  const { signal } = ending;
  const running = takeTurns(
    {
      url,
      purpose: 'heartbeat',
      signal,
      onStandby: () => undefined,
      onInterrupted: (error) => logger.warn({ reason: (error as Error).message }, 'heartbeats interrupted'),
    },
    async (connection, goesWell) => {
      while (!signal.aborted) {
        const startedAt = Date.now();
        await writeHeartbeat(connection, startedAt);
        goesWell();
        await pause(startedAt + interval - Date.now(), signal);
      }
    },
  );
  return async () => {
    ending.abort();
    await running;
  };
}

/** The time is taken before the statement is sent: all that was committed by then comes before it in the log. */
async function writeHeartbeat(connection: Connection, now: number): Promise<void> {
  await connection.query(
    `INSERT INTO ${heartbeatTable} (id, written_at) VALUES (1, ?) ON DUPLICATE KEY UPDATE written_at = VALUES(written_at)`,
    [now],
  );
}
