import { guarded } from '#platform/telemetry/guarded.js';

/** Tells work that takes long from work that hangs. */
export interface ProgressWatch {
  /** It has come further. */
  noted(): void;
  /** Aborts when it has not for too long. */
  stalled: AbortSignal;
  stop(): void;
}

/** @param longest milliseconds without any progress */
export function watchProgress(longest: number): ProgressWatch {
  const stalled = new AbortController();
  const timer = setTimeout(
    guarded('a watch for progress', () => stalled.abort()),
    longest,
  );
  return {
    noted: () => void timer.refresh(),
    stalled: stalled.signal,
    stop: () => clearTimeout(timer),
  };
}
