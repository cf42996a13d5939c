import { changeState, type Mutation, type StateChange } from '../journal/change-state.js';
import type { Leader } from '../journal/fence.js';
import type { CapabilityParts } from '../reconcile/capability-parts.js';

/** What every change says: of what, by whom and why, and which version it was decided on. */
export interface Asked {
  params: { capability: string };
  body: { by: string; reason: string };
  expectedVersions: readonly number[] | undefined;
  path: string;
}

/** Who asks for a change, for the audit, and the version that they have seen. */
export function askedBy(action: string, { body, expectedVersions }: Asked): Mutation {
  const expectedVersion = expectedVersions === undefined ? undefined : (expectedVersions[0] ?? -1);
  return { who: body.by, action, reason: body.reason, expectedVersion };
}

/**
 * Changes a capability's state as somebody has asked for it.
 * @param check throws when it may not be changed; nobody else can change it meanwhile
 * @throws AppError `version_mismatch`, `deposed`
 */
export async function changeAs(
  leader: Leader,
  { capability }: CapabilityParts,
  action: string,
  request: Asked,
  change: StateChange,
  check?: Mutation['check'],
): Promise<void> {
  await changeState(leader, capability, change, { ...askedBy(action, request), check });
}
