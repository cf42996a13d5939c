import { setTimeout as sleep } from 'node:timers/promises';
import type { Sequelize } from 'sequelize';
import type { Lease } from '#platform/messaging/lease.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { isDeposed, type Leader, takeTerm } from '../fence/fence.js';

/** Whether this process leads. */
export interface Leadership {
  /** Undefined while it stands by. */
  current(): Leader | undefined;
  end(): Promise<void>;
}

/** What a leader does until the signal aborts. */
type Work = (leader: Leader, signal: AbortSignal) => Promise<void>;

/** Milliseconds until a leader whose work has failed begins anew. */
const restartAfter = 500;

/**
 * Does a leader's work while this process holds the lease. The signal aborts before anybody else can take it; what is
 * written all the same, since a process was stopped for a while, is refused by the journal. A term ends with its signal,
 * so that work which takes long to end keeps nobody from leading again; its writes are refused as any older leader's.
 * @param self id of this process
 */
export function lead(
  lease: Lease,
  database: Sequelize,
  self: string,
  logger: Logger,
  work: Work,
): Leadership {
  const ending = new AbortController();
  /** Work of terms that are over, and that has not noticed yet. */
  const leftOver = new Set<Promise<void>>();
  let current: Leader | undefined;
  let wake = (): void => undefined;
  lease.onChange(() => wake());

  function nextChange(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
      ending.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async function term(): Promise<void> {
    const leading = new AbortController();
    const stop = lease.onChange((held) => held || leading.abort());
    try {
      const leader = await takeTerm(database, self);
      if (!lease.held()) return;
      current = leader;
      logger.info({ term: leader.term }, 'leading');
      await untilAborted(work, leader, AbortSignal.any([leading.signal, ending.signal]));
    } finally {
      current = undefined;
      stop();
      // One part that fails ends the others, too: all begin again together.
      leading.abort();
      logger.info('standing by');
    }
  }

  async function untilAborted(work: Work, leader: Leader, signal: AbortSignal): Promise<void> {
    const working = work(leader, signal);
    const known = working.catch(() => undefined).finally(() => leftOver.delete(known));
    leftOver.add(known);
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race([working, aborted]);
  }

  async function run(): Promise<void> {
    while (!ending.signal.aborted) {
      if (!lease.held()) {
        await nextChange();
        continue;
      }
      await term().catch((error: unknown) => {
        if (isDeposed(error)) logger.warn({ err: error }, 'deposed');
        else logger.error({ err: error }, 'leading failed; it is begun anew');
      });
      await sleep(restartAfter, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    // The clock tells sooner than a timer that the lease is not ours any more.
    current: () => (lease.held() ? current : undefined),
    async end() {
      ending.abort();
      wake();
      await running;
      await Promise.all(leftOver);
      await lease.end();
    },
  };
}
