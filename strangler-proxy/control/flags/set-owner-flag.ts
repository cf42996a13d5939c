import { AppError } from '#platform/errors/app-error.js';
import { ownershipGroup } from '#platform/ownership/bucket-of-key.js';
import { ownershipDescription } from '../../flags/ownership-description.js';
import { setRollOut } from '../../flags/set-roll-out.js';
import type { UnleashAccess } from '../../flags/unleash-request.js';

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
      flag: ownershipGroup(capability),
      percent,
      stickiness: undefined,
      newStickiness: 'default',
      reason,
      description: ownershipDescription(capability),
      replace: false,
    });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const code = error.code === 'not_reachable' ? 'unavailable' : 'invalid_state';
    throw new AppError(code, error.message, { cause: error });
  }
}
