import { setTimeout as sleep } from 'node:timers/promises';
import type { CapabilityView } from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/errors/app-error.js';
import { notConfirmed } from '../output/exit-codes.js';
import type { Terminal } from '../output/terminal.js';
import type { ControlClient } from './control-client.js';

/** Milliseconds between two looks. */
const lookEvery = 300;

/**
 * Waits until the monolith owns every bucket, whatever the lost side says.
 * @param patience milliseconds
 * @param signal aborted by Ctrl-C: what was begun goes on without us
 * @throws AppError `not_confirmed` when it isn't done in time, or nobody waits any more
 */
export async function followAbandonment(
  control: ControlClient,
  { capability, patience }: { capability: string; patience: number },
  terminal: Terminal,
  signal: AbortSignal,
): Promise<CapabilityView> {
  const deadline = Date.now() + patience;
  for (;;) {
    const view = await control.look(capability).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'not_reachable') return undefined;
      throw error;
    });
    if (view?.buckets.every(({ monolith }) => monolith?.state === 'owned')) return view;
    if (view) terminal.progress(`the monolith takes everything back: ${view.reasons[0] ?? view.state}`);
    if (signal.aborted || Date.now() > deadline)
      throw notConfirmed(
        `It goes on without this command: "npx strangler owner ${capability}" shows how far it is.`,
      );
    await sleep(lookEvery, undefined, { signal }).catch(() => undefined);
  }
}
