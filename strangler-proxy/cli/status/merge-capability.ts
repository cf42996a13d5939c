import type {
  CapabilityStatus,
  OwnersStatus,
  ReplicaStatus,
  UpstreamStatus,
} from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import { largest, sum, type ToldBySome } from './several-gateways.js';

/** One capability over all gateways. */
export interface CapabilityView {
  capability: string;
  /** As the worst informed gateway sees it; `null` without a replica. */
  replica: ReplicaStatus | null;
  /** As the gateway sees it that was heard from last; `null` where both sides share their data. */
  owners: OwnersStatus | null;
  /** All gateways have heard that the monolith's part is being retired. */
  monolithLeaves: boolean;
  upstreams: Record<Side, UpstreamView | null>;
}

export interface UpstreamView {
  /** The worst of all gateways. */
  breaker: UpstreamStatus['breaker'];
  inFlight: number;
  queued: number;
  instances: number;
  ejected: number;
}

export function mergeCapability(told: ToldBySome<CapabilityStatus>): CapabilityView {
  const parts = told.map(({ part }) => part);
  const replicas = parts.flatMap(({ replica }) => (replica ? [replica] : []));
  return {
    capability: told[0].part.capability,
    replica: mergeReplica(replicas),
    owners: parts.find(({ owners }) => owners?.heard)?.owners ?? told[0].part.owners,
    monolithLeaves: parts.every(({ monolithLeaves }) => monolithLeaves),
    upstreams: {
      monolith: mergeUpstream(parts.map(({ upstreams }) => upstreams.monolith)),
      service: mergeUpstream(parts.map(({ upstreams }) => upstreams.service)),
    },
  };
}

const fromBestToWorst = ['fresh', 'joining', 'stale', 'cut-off'] as const;

function mergeReplica(replicas: readonly ReplicaStatus[]): ReplicaStatus | null {
  if (replicas.length === 0) return null;
  return {
    state: worst(
      fromBestToWorst,
      replicas.map(({ state }) => state),
    ),
    lagMs: largest(replicas.map(({ lagMs }) => lagMs)),
    keysHeld: Math.max(...replicas.map(({ keysHeld }) => keysHeld)),
    allKeysHeld: replicas.some(({ allKeysHeld }) => allKeysHeld),
  };
}

function mergeUpstream(all: readonly (UpstreamStatus | null)[]): UpstreamView | null {
  const upstreams = all.filter((upstream) => upstream !== null);
  if (upstreams.length === 0) return null;
  const urls = new Set(upstreams.flatMap(({ instances }) => instances.map(({ url }) => url)));
  const ejected = upstreams.flatMap(({ instances }) =>
    instances.filter((one) => one.ejected).map(({ url }) => url),
  );
  return {
    breaker: worst(
      ['closed', 'half-open', 'open'] as const,
      upstreams.map(({ breaker }) => breaker),
    ),
    inFlight: sum(upstreams, ({ inFlight }) => inFlight),
    queued: sum(upstreams, ({ queued }) => queued),
    instances: urls.size,
    ejected: new Set(ejected).size,
  };
}

function worst<State extends string>(order: readonly [State, ...State[]], states: readonly State[]): State {
  return order.findLast((state) => states.includes(state)) ?? order[0];
}
