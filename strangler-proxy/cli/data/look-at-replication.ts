import { otherSide, type Side } from '#contracts/strangler/move.js';
import {
  bucketCount,
  type OwnershipAnswer,
  ownerOf,
  ownershipAnswerSchema,
  ownershipSubject,
} from '#contracts/strangler/ownership.js';
import {
  type SidecarStatus,
  sidecarStatusSchema,
  sidecarStatusSubject,
} from '#contracts/strangler/sidecar-status.js';
import { gatherJson } from '#platform/messaging/gather-json.js';
import { type NatsConnection, requestJson } from '#platform/messaging/exchange-json.js';

/** What the sidecars say of one capability. */
export interface ReplicationView {
  capability: string;
  /** The instance of each side that works, or else any; undefined where nobody answers. */
  sidecars: Record<Side, SidecarStatus | undefined>;
  ownership: Record<Side, OwnershipAnswer | undefined>;
  owned: Record<Side, number>;
  /** Buckets that neither side owns: a hand-over is under way, or was left half done. */
  betweenOwners: number[];
}

/** Asks everybody once. */
export async function lookAtReplication(nats: NatsConnection, capability: string): Promise<ReplicationView> {
  const statusOf = async (side: Side): Promise<SidecarStatus | undefined> => {
    const subject = sidecarStatusSubject(capability, side);
    const all = await gatherJson(nats, subject, {}, sidecarStatusSchema);
    return mostTelling(all);
  };
  const ownershipOf = (side: Side): Promise<OwnershipAnswer | undefined> =>
    requestJson(nats, ownershipSubject('rows', capability, side), {}, ownershipAnswerSchema).catch(
      () => undefined,
    );
  const [monolith, service, ofMonolith, ofService] = await Promise.all([
    statusOf('monolith'),
    statusOf('service'),
    ownershipOf('monolith'),
    ownershipOf('service'),
  ]);
  const ownership = { monolith: ofMonolith, service: ofService };
  return { capability, sidecars: { monolith, service }, ownership, ...countOwners(ownership) };
}

/** One instance works in each role, and the roles may be with different instances. */
function mostTelling(instances: readonly SidecarStatus[]): SidecarStatus | undefined {
  const [first] = instances;
  if (!first) return undefined;
  const works = ({ state }: { state: string }): boolean => state !== 'standby';
  return {
    program: first.program,
    capture: (instances.find(({ capture }) => works(capture)) ?? first).capture,
    applier: (instances.find(({ applier }) => works(applier)) ?? first).applier,
  };
}

function countOwners({
  monolith,
  service,
}: ReplicationView['ownership']): Pick<ReplicationView, 'owned' | 'betweenOwners'> {
  const owned: Record<Side, number> = { monolith: 0, service: 0 };
  const betweenOwners: number[] = [];
  // With one side's word alone nobody can tell: its released rows may be owned over there.
  if (!monolith || !service) return { owned, betweenOwners };
  for (let bucket = 1; bucket <= bucketCount; bucket++) {
    const rowOf = ({ rows }: OwnershipAnswer) => rows.find((row) => row.bucket === bucket);
    const [one, other] = [rowOf(monolith), rowOf(service)];
    const { owner } = ownerOf({ ...(one ? { monolith: one } : {}), ...(other ? { service: other } : {}) });
    if (owner) owned[owner] += 1;
    else betweenOwners.push(bucket);
  }
  return { owned, betweenOwners };
}

/** Sides that hold a replica which somebody may read or take over: all whose other side owns something. */
export function replicasOf({ owned, betweenOwners }: ReplicationView): Side[] {
  return (['service', 'monolith'] as const).filter(
    (side) => owned[otherSide(side)] > 0 || betweenOwners.length > 0,
  );
}
