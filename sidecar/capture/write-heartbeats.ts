import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#platform/telemetry/logger.js';
import { backOff } from '../back-off.js';
import { type Connection, connectMysql, exactOptions } from '../connect-mysql.js';
import { heartbeatTable } from '../control-tables.js';
import { tryLock } from '../named-lock.js';

/** Milliseconds between heartbeats: no answer about freshness is finer than this. */
const interval = 100;

/**
 * Writes the time into the source's database, again and again; with the changes it travels to the replicas.
 * One instance per database does, the others wait.
 * @returns a function that ends it
 */
export function writeHeartbeats(url: string, logger: Logger): () => Promise<void> {
  const ending = new AbortController();
  const delay = backOff();

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      try {
        await beat();
      } catch (error) {
        logger.warn({ err: error }, 'heartbeats interrupted, trying again');
        await pause(delay.next());
      }
    }
  }

  async function beat(): Promise<void> {
    const connection = await connectMysql(url);
    try {
      while (
        !ending.signal.aborted &&
        !(await tryLock(connection, `heartbeat ${exactOptions(url).database}`))
      ) {
        await pause(1_000);
      }
      while (!ending.signal.aborted) {
        const startedAt = Date.now();
        await writeHeartbeat(connection, startedAt);
        delay.reset();
        await pause(startedAt + interval - Date.now());
      }
    } finally {
      connection.destroy();
    }
  }

  async function pause(milliseconds: number): Promise<void> {
    await sleep(Math.max(0, milliseconds), undefined, { signal: ending.signal }).catch(() => undefined);
  }

  const running = run();
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
