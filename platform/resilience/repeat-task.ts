import type { Logger } from '#platform/telemetry/logger.js';

/** Work that is done again and again in the background, never twice at once. */
export interface RepeatedTask {
  start(): void;
  /** Does the work now, or once more right after the run in progress. */
  nudge(): void;
  /** Resolves when the run in progress has ended; there is none after it. */
  stop(): Promise<void>;
}

/** One run of the work; the signal asks it to end early. */
type Run = (ending: AbortSignal) => Promise<void>;

/**
 * Repeats work for as long as the process lives. A failure is logged, and the work tried again at the next turn.
 * @param pauseMs time between the end of a run and the next, unless nudged
 */
export function repeatTask(name: string, pauseMs: number, run: Run, logger: Logger): RepeatedTask {
  const ending = new AbortController();
  let nudged = false;
  let wake = () => {};
  let ended = Promise.resolve();

  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pauseMs);
      wake = () => (clearTimeout(timer), resolve());
    });
  const work = async () => {
    while (!ending.signal.aborted) {
      nudged = false;
      await run(ending.signal).catch((error: unknown) =>
        logger.warn({ err: error, task: name }, 'background task failed'),
      );
      if (!ending.signal.aborted && !nudged) await pause();
    }
  };
  return {
    start: () => void (ended = work()),
    nudge: () => {
      nudged = true;
      wake();
    },
    stop: () => {
      ending.abort();
      wake();
      return ended;
    },
  };
}
