import { AppError } from '#platform/http/app-error.js';
import { setRollOut } from '../../flags/set-roll-out.js';
import type { UnleashAccess } from '../../flags/unleash-request.js';
import { ownerFlagOf } from './watch-owner-flags.js';

/** What a flag of ownership is said to be in Unleash. */
export function ownerFlagDescription(capability: string): string {
  return `Percent of ${capability}'s keys that the service owns: ownership follows it, bucket by bucket`;
}

/**
 * Makes a capability's flag of ownership say a percentage; a missing one is created.
 * @throws AppError `unavailable` when Unleash can't be reached, `invalid_state` when the flag has another shape
 */
export async function setOwnerFlag(
  access: UnleashAccess,
  capability: string,
  percent: number,
  reason: string,
): Promise<void> {
  try {
    await setRollOut(access, {
      flag: ownerFlagOf(capability),
      percent,
      stickiness: undefined,
      newStickiness: 'default',
      reason,
      description: ownerFlagDescription(capability),
      replace: false,
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const code = error.code === 'not_reachable' ? 'unavailable' : 'invalid_state';
    throw new AppError(code, error.message, { cause: error });
  }
}
