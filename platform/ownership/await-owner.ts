import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#platform/errors/app-error.js';

/** Neither side owns a key just now: it is on its way from one to the other. What was begun is to be taken back. */
export class BetweenOwners extends Error {
  readonly capability: string;

  constructor(capability: string, keys: readonly string[], cause?: unknown) {
    super(`${keys.join(', ')} of ${capability}: owned by neither side just now`, { cause });
    this.capability = capability;
  }
}

/** A hand-over usually takes milliseconds. */
const pauses = { first: 10, longest: 250 };

/**
 * Does work again while keys that it needs are between two owners. Nothing is locked while it waits: what is being
 * handed over could be waiting for just that.
 * @param work throws BetweenOwners, having left nothing half done
 * @param patience longest wait in milliseconds
 * @throws AppError `unavailable` that names the capability, when patience is over
 */
export async function awaitOwner<Result>(work: () => Promise<Result>, patience: number): Promise<Result> {
  const until = performance.now() + patience;
  for (let pause = pauses.first; ; pause = Math.min(pause * 2, pauses.longest)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof BetweenOwners)) throw error;
      if (performance.now() + pause > until) throw unavailable(error);
      await sleep(pause);
    }
  }
}

function unavailable(cause: BetweenOwners): AppError {
  const name = cause.capability.charAt(0).toUpperCase() + cause.capability.slice(1);
  return new AppError('unavailable', `${name} service is unavailable: what it owns is being handed over`, {
    cause,
    retryAfter: 1,
  });
}
