import { addStrategy, createFlag, enableFlag, readFlag } from '../../flags/unleash-admin.js';
import type { UnleashAccess } from '../../flags/unleash-request.js';

/** A flag that should be there. */
export interface NeededFlag {
  flag: string;
  /** What it is said to be in Unleash. */
  description: string;
  stickiness: string;
}

/**
 * Creates the flags that are missing, with a share of 0: whoever opens Unleash finds everything that can be
 * flipped or handed over, and nothing changes for clients. Flags that exist stay as they are.
 * @returns the names of those that were created
 */
export async function ensureFlags(access: UnleashAccess, needed: readonly NeededFlag[]): Promise<string[]> {
  const created: string[] = [];
  for (const { flag, description, stickiness } of needed) {
    if (await readFlag(access, flag)) continue;
    if (!(await createFlag(access, flag, description))) continue;
    await addStrategy(access, flag, {
      name: 'flexibleRollout',
      title: 'not flipped yet',
      parameters: { rollout: '0', stickiness, groupId: flag },
    });
    await enableFlag(access, flag);
    created.push(flag);
  }
  return created;
}

/** What the flag of an endpoint is said to be in Unleash. */
export function descriptionOf(endpoint: string): string {
  return `Share of ${endpoint} that the service answers`;
}
