import { changeState, type StateChange } from '../journal/change-state.js';
import type { Leader } from '../journal/fence.js';
import type { CapabilityParts } from '../reconcile/capability-parts.js';

/** What every change says: of what, by whom and why, and which version it was decided on. */
export interface Asked {
  params: { capability: string };
  body: { by: string; reason: string };
  expectedVersions: readonly number[] | undefined;
  path: string;
}

/** Changes a capability's state as somebody has asked for it. @throws AppError `version_mismatch`, `deposed` */
export async function changeAs(
  leader: Leader,
  { capability }: CapabilityParts,
  action: string,
  { body, expectedVersions }: Asked,
  change: StateChange,
): Promise<void> {
  await changeState(leader, capability, change, {
    who: body.by,
    action,
    reason: body.reason,
    expectedVersion: expectedVersions === undefined ? undefined : (expectedVersions[0] ?? -1),
  });
}
