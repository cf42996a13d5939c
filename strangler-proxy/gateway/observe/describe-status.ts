import type { GatewayStatus, OwnersStatus } from '#contracts/strangler/gateway-status.js';
import type { Decisions } from '../route/decide.js';
import type { Flags } from '../flags/watch-flags.js';
import type { Lanes } from '../forward/open-lanes.js';
import type { KeptFresh } from '../freshness/keep-fresh.js';
import type { WatchedOwners } from '../owners/watch-owners.js';
import type { ParkingLot } from '../parking/parking-lot.js';
import type { Endpoint } from '../routing/endpoint.js';
import type { Traffic } from './traffic.js';

export interface StatusSources {
  identity: Pick<GatewayStatus, 'gateway' | 'version' | 'url' | 'startedAt'>;
  ready: () => boolean;
  natsState: () => GatewayStatus['nats'];
  endpoints: readonly Endpoint[];
  capabilities: readonly string[];
  flags: Flags;
  decisions: Decisions;
  lanes: Lanes;
  owners: WatchedOwners;
  lot: ParkingLot;
  freshness: KeptFresh;
  traffic: Traffic;
}

/** Everything that an operator may want to know of one gateway now. */
export function describeStatus(from: StatusSources): GatewayStatus {
  return {
    ...from.identity,
    ready: from.ready(),
    flags: from.flags.status(),
    nats: from.natsState(),
    capabilities: from.capabilities.map((capability) => ({
      capability,
      replica: from.freshness.status(capability, 'service'),
      monolithReplica: from.freshness.status(capability, 'monolith'),
      owners: ownersIn(from.owners, capability),
      monolithLeaves: from.owners.of(capability)?.map.isLeaving('monolith') ?? false,
      parked: from.lot.figures(capability).now,
      upstreams: {
        monolith: from.lanes.status(capability, 'monolith'),
        service: from.lanes.status(capability, 'service'),
      },
    })),
    endpoints: from.endpoints.map((endpoint) => ({
      endpoint: endpoint.name,
      capability: endpoint.capability,
      kind: endpoint.kind,
      flag: endpoint.flag,
      stickiness: endpoint.stickiness,
      wanted: from.decisions.wanted(endpoint),
      recent: from.traffic.figuresRecently(endpoint.index),
      lately: from.traffic.answersLately(endpoint.index),
      sinceStart: from.traffic.figuresSinceStart(endpoint.index),
    })),
  };
}

function ownersIn(owners: WatchedOwners, capability: string): OwnersStatus | null {
  const counts = owners.of(capability)?.counts();
  return counts ? { ...counts, heard: owners.hears(capability) } : null;
}
