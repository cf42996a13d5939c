import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '#platform/telemetry/logger.js';
import { isDeposed, type Leader } from '../fence/fence.js';

/** Milliseconds between two looks for what is too old. */
const everyMs = 3_600_000;

/**
 * Keeps the control plane's tables within their bounds while a leader leads. What fails is tried again at the next look.
 * @param tasks each removes what is too old
 * @throws AppError `deposed`
 */
export async function keepBounded(
  leader: Leader,
  tasks: readonly ((leader: Leader) => Promise<void>)[],
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    for (const task of tasks) await attempt(task);
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }

  async function attempt(task: (leader: Leader) => Promise<void>): Promise<void> {
    try {
      await task(leader);
    } catch (error) {
      if (signal.aborted) return;
      if (isDeposed(error)) throw error;
      logger.warn({ err: error }, 'what is too old could not be removed from the journal');
    }
  }
}
