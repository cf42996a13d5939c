import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import { changeState, type Mutation, type StateChange } from '../journal/change-state.js';
import type { Leader } from '../fence/fence.js';
import type { CapabilityState } from '../journal/read-journal.js';
import type { CapabilityParts } from '../capability/capability-parts.js';
import type { AdminCaller } from '../tokens/find-caller.js';
import { auditedCaller, requireVersion } from './admin-route.js';

/** What every change of a capability says: by whose token and why, and which version it was decided on. */
export interface Asked {
  params: { capability: string };
  body: { reason: string; onBehalfOf?: string | undefined };
  caller: AdminCaller;
  expectedVersions: ExpectedVersions;
}

/** Who asks for a change, for the audit, and the version that they have seen. @throws AppError `version_required` */
export function askedBy(action: string, request: Asked): Mutation {
  const expectedVersion = requireVersion(request.expectedVersions);
  return { ...auditedCaller(request), action, expectedVersion, asked: true };
}

/**
 * Changes a capability's state as somebody has asked for it.
 * @param more its check throws when it may not be changed, or changes what belongs to it; nobody else can change it meanwhile
 * @throws AppError `version_mismatch`, `deposed`
 */
export function changeAs(
  leader: Leader,
  { capability }: CapabilityParts,
  action: string,
  request: Asked,
  change: StateChange,
  more: Pick<Mutation, 'check' | 'setsGoal'> = {},
): Promise<CapabilityState> {
  return changeState(leader, capability, change, { ...askedBy(action, request), ...more });
}
