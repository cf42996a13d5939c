import { setTimeout as sleep } from 'node:timers/promises';
import { backOff } from '../pace/back-off.js';
import { type Connection, connectMysql, exactOptions } from '../database/connect-mysql.js';
import { tryLock } from '../database/named-lock.js';

export interface Turns {
  /** Database in whose schema only one may do this at a time. */
  url: string;
  /** What: part of the lock's name. */
  purpose: string;
  signal: AbortSignal;
  onStandby(): void;
  onInterrupted(error: unknown): void;
}

/** How often one that stands by asks whether it is its turn, in milliseconds. */
const askEvery = 500;

/**
 * Runs work on a connection that holds a lock, for as long as the signal lets it: of several instances one works and the
 * others stand by. The lock ends with its connection; work that fails is begun again on a new one.
 * @param work gets the connection, and a function to call when things go well: the wait after a failure is short then
 */
export async function takeTurns(
  turns: Turns,
  work: (connection: Connection, goesWell: () => void) => Promise<void>,
): Promise<void> {
  const { url, purpose, signal } = turns;
  const delay = backOff();

  async function oneTurn(): Promise<void> {
    const connection = await connectMysql(url);
    try {
      while (!signal.aborted && !(await tryLock(connection, `${purpose} ${exactOptions(url).database}`))) {
        turns.onStandby();
        await pause(askEvery, signal);
      }
      if (!signal.aborted) await work(connection, () => delay.reset());
    } finally {
      connection.destroy();
    }
  }

  while (!signal.aborted) {
    try {
      await oneTurn();
    } catch (error) {
      if (signal.aborted) return;
      turns.onInterrupted(error);
      await pause(delay.next(), signal);
    }
  }
}

/** Waits, but no longer than until the signal. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, milliseconds), undefined, { signal }).catch(() => undefined);
}
