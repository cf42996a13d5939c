import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { Probe } from './probes.js';

const pause = 100;
/** Milliseconds for one question: a process that accepts a connection and never answers isn't ready. */
const patience = 2_000;
/**
 * Share of the waiting that a process must have used of one processor to count as working. A program that waits for
 * something and looks again each second uses less; one that works gets more, even beside forty others on two processors.
 */
const workingShare = 0.02;

/** How long a process may take, all in milliseconds. */
export interface StartLimits {
  /** It is given up when it did next to nothing for this long. */
  idleFor: number;
  /** It is given up after this long, though it works: a loop without an end works too. */
  atMost: number;
}

/**
 * Asks until the process is ready.
 * @param processorTime milliseconds of processor time that the process has used so far
 * @param over ends the waiting, e.g. when the process dies
 * @throws with the last reason when a limit has passed, or when `over` was signalled
 */
export async function waitUntilReady(
  probe: Probe,
  { idleFor, atMost }: StartLimits,
  processorTime: () => number,
  over: AbortSignal,
): Promise<void> {
  const began = Date.now();
  let look = { at: began, used: processorTime() };
  for (;;) {
    over.throwIfAborted();
    const reason = await ask(probe, over);
    if (reason === undefined) return;
    const now = Date.now();
    if (now - began > atMost)
      throw new Error(`not ready after ${seconds(now - began)}, though it works: ${reason}`);
    if (now - look.at > idleFor) {
      const used = processorTime() - look.used;
      if (used < workingShare * (now - look.at))
        throw new Error(`not ready after ${seconds(now - began)}, and does next to nothing: ${reason}`);
      look = { at: now, used: look.used + used };
    }
    await sleep(pause, undefined, { signal: over });
  }
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}

async function ask(probe: Probe, over: AbortSignal): Promise<string | undefined> {
  try {
    await probe(AbortSignal.any([over, AbortSignal.timeout(patience)]));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
