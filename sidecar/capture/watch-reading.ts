import type { ConnectionWatch } from '#platform/messaging/watch-connection.js';
import { guarded } from '#platform/telemetry/guarded.js';
import { type Connection, selectRows } from '../database/connect-mysql.js';
import { heartbeatTable } from '../database/control-tables.js';
import type { Reading, ReadingProgress } from './read-changes.js';

/** A reading that is silent for this long while heartbeats are written is dead, in milliseconds. */
const silenceBound = 5_000;

/**
 * Waits until a reading is over, and ends it when the broker, the lock's connection or the log's is lost: the last can
 * happen without a word.
 * @throws the error that ended it
 */
export async function watchReading(
  reading: Reading,
  connection: Connection,
  broker: ConnectionWatch,
  onProgress: (progress: ReadingProgress) => void,
): Promise<void> {
  let seen = { events: 0, at: Date.now(), written: 0 };

  async function look(): Promise<void> {
    const written = await lastHeartbeat(connection);
    const progress = reading.progress();
    onProgress(progress);
    if (progress.events !== seen.events || progress.paused) {
      seen = { events: progress.events, at: Date.now(), written };
    } else if (Date.now() - seen.at > silenceBound && written > seen.written) {
      reading.fail(new Error('the log has been silent while heartbeats were written'));
    }
  }

  const stopWatching = broker.onDisconnect(() => reading.fail(new Error('the broker went away')));
  const watching = setInterval(
    guarded('a look at the log', () => look().catch(reading.fail)),
    1_000,
  );
  try {
    const error = await reading.ended;
    if (error !== undefined) throw error;
  } finally {
    clearInterval(watching);
    stopWatching();
  }
}

async function lastHeartbeat(connection: Connection): Promise<number> {
  const [row] = await selectRows<{ written: number }>(
    connection,
    `SELECT written_at AS written FROM ${heartbeatTable}`,
  );
  return row?.written ?? 0;
}
