import { setTimeout as sleep } from 'node:timers/promises';
import type { Probe } from './probes.js';

const pause = 100;
/** Milliseconds for one question: a process that accepts a connection and never answers isn't ready. */
const patience = 2_000;

/**
 * Asks until the process is ready.
 * @param within milliseconds
 * @param over ends the waiting, e.g. when the process dies
 * @throws with the last reason when the time has passed, or when `over` was signalled
 */
export async function waitUntilReady(probe: Probe, within: number, over: AbortSignal): Promise<void> {
  const deadline = Date.now() + within;
  for (;;) {
    over.throwIfAborted();
    const reason = await ask(probe, over);
    if (reason === undefined) return;
    if (Date.now() > deadline) throw new Error(`not ready after ${Math.round(within / 1000)} s: ${reason}`);
    await sleep(pause, undefined, { signal: over });
  }
}

async function ask(probe: Probe, over: AbortSignal): Promise<string | undefined> {
  try {
    await probe(AbortSignal.any([over, AbortSignal.timeout(patience)]));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
