import { confirmTerm, type Leader } from '../fence/fence.js';
import type { CapabilityParts } from '../capability/capability-parts.js';

/** The work was for something that is not wanted any more, or is not ours to do. */
export const overtaken = Symbol('overtaken');

/**
 * Does work that may take minutes, such as comparing all rows, only for as long as what it is for still stands. That is
 * looked at when the bell rings, and once in a while, and so is whether this leader still leads.
 * @param signal ends the work as well
 * @param stands tells whether the decision behind the work is still the same
 * @param work is given a signal that aborts once it is of no use; nobody waits for it after that
 */
export async function whileItStands<Result>(
  { bell, settings }: Pick<CapabilityParts, 'bell' | 'settings'>,
  leader: Leader,
  signal: AbortSignal,
  stands: () => Promise<boolean>,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | typeof overtaken> {
  const ended = new AbortController();
  const useless = new AbortController();
  const either = AbortSignal.any([signal, useless.signal]);

  async function watch(): Promise<void> {
    while (!ended.signal.aborted && !either.aborted) {
      await bell.wait(settings.interval, AbortSignal.any([ended.signal, signal]));
      if (!ended.signal.aborted && !(await standsNow())) useless.abort();
    }
  }

  /** What can't be looked at is not gone on with: the next look says more. */
  async function standsNow(): Promise<boolean> {
    try {
      await confirmTerm(leader);
      return await stands();
    } catch {
      return false;
    }
  }

  const watching = watch();
  try {
    return await unlessAborted(work(either), either);
  } finally {
    ended.abort();
    await watching;
  }
}

async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
): Promise<Result | typeof overtaken> {
  let giveUp = (): void => undefined;
  const aborted = new Promise<typeof overtaken>((resolve) => (giveUp = () => resolve(overtaken)));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    if (signal.aborted) return overtaken;
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
