import type { Leader } from '../fence/fence.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import { type Abandonment, beginAnnouncing, endAbandonment } from './abandonment.js';

/**
 * Milliseconds for which the monolith's side says that the other one is abandoned before it takes back what that one had: a
 * sidecar there that still runs takes no token any more by then (`heardWithin` in `sidecar/ownership/heard-lately.ts`), and the
 * monolith has applied what was sent before.
 */
const announcedFor = 15_000;

/**
 * Goes on with an abandonment. Each step asks the monolith's sidecar for something that may be so already.
 * @returns whether it has come further
 * @throws AppError `deposed`
 */
export async function carryAbandonment(
  { capability, sidecars, logger }: CapabilityParts,
  leader: Leader,
  abandonment: Abandonment,
): Promise<boolean> {
  const { state, voidUpTo, changedAt } = abandonment;
  const announced = leader.clock.now().getTime() - changedAt.getTime();
  if (state === 'announcing' && announced < announcedFor) return false;
  try {
    const { done } = await sidecars.takeBack('monolith', { voidUpTo, own: state === 'announcing' });
    if (!done) return false;
  } catch (error) {
    logger.warn(
      { err: error, capability },
      "the monolith's sidecar could not take the buckets back; it is asked again",
    );
    return false;
  }
  logger.warn({ capability, voidUpTo, state }, "the service's side is abandoned");
  if (state === 'marking') await beginAnnouncing(leader, abandonment);
  else await endAbandonment(leader, abandonment);
  return true;
}
