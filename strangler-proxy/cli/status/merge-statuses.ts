import type {
  CapabilityStatus,
  EndpointStatus,
  GatewayStatus,
  HeldBackReason,
  ReplicaStatus,
  TrafficFigures,
  UpstreamStatus,
  WantedShare,
} from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';

/** What one side did over all gateways. */
export interface SideView {
  answers: number;
  /** Answers from 500 up. */
  failures: number;
  /** Of the slowest gateway: percentiles of several can't be joined into one. Milliseconds. */
  p50Ms: number | null;
  p99Ms: number | null;
}

/** One endpoint over all gateways. */
export interface EndpointView {
  endpoint: string;
  capability: string | null;
  kind: EndpointStatus['kind'];
  flag: string | null;
  /** What the gateway acts on that heard from Unleash last. */
  wanted: WantedShare;
  /** Gateways that act on something else, by their ids. */
  behind: string[];
  requests: number;
  /** Over the last seconds; `null` where nobody was answered. */
  servicePercent: number | null;
  sides: Record<Side, SideView>;
  fallbacks: number;
  heldBack: Record<HeldBackReason, number>;
}

/** One capability over all gateways. */
export interface CapabilityView {
  capability: string;
  /** As the worst informed gateway sees it; `null` without a replica. */
  replica: ReplicaStatus | null;
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

export interface MergedStatus {
  endpoints: EndpointView[];
  capabilities: CapabilityView[];
}

/** Makes one picture of what all gateways tell; they may be configured differently. */
export function mergeStatuses(gateways: readonly GatewayStatus[]): MergedStatus {
  const best = gateways.toSorted((one, other) => lastContact(other) - lastContact(one));
  return {
    endpoints: grouped(
      best,
      ({ endpoints }) => endpoints,
      ({ endpoint }) => endpoint,
    ).map(mergeEndpoint),
    capabilities: grouped(
      best,
      ({ capabilities }) => capabilities,
      ({ capability }) => capability,
    ).map(mergeCapability),
  };
}

interface Told<Part> {
  gateway: string;
  part: Part;
}

/** What each gateway says of the same thing, in the order of the first gateway that names it. */
function grouped<Part>(
  gateways: readonly GatewayStatus[],
  partsOf: (status: GatewayStatus) => readonly Part[],
  nameOf: (part: Part) => string,
): [Told<Part>, ...Told<Part>[]][] {
  const groups = new Map<string, [Told<Part>, ...Told<Part>[]]>();
  for (const status of gateways) {
    for (const part of partsOf(status)) {
      const told = { gateway: status.gateway, part };
      const group = groups.get(nameOf(part));
      if (group) group.push(told);
      else groups.set(nameOf(part), [told]);
    }
  }
  return [...groups.values()];
}

function lastContact({ flags }: GatewayStatus): number {
  return flags.contactedAt === null ? 0 : Date.parse(flags.contactedAt);
}

function mergeEndpoint(told: [Told<EndpointStatus>, ...Told<EndpointStatus>[]]): EndpointView {
  const { endpoint, capability, kind, flag, wanted } = told[0].part;
  const recent = told.map(({ part }) => part.recent);
  const sides = { monolith: mergeSide(recent, 'monolith'), service: mergeSide(recent, 'service') };
  const answered = sides.monolith.answers + sides.service.answers;
  return {
    endpoint,
    capability,
    kind,
    flag,
    wanted,
    behind: told.filter(({ part }) => !sameShare(part.wanted, wanted)).map(({ gateway }) => gateway),
    requests: sum(recent, ({ requests }) => requests),
    servicePercent: answered === 0 ? null : (100 * sides.service.answers) / answered,
    sides,
    fallbacks: sum(recent, ({ fallbacks }) => fallbacks),
    heldBack: {
      written: sum(recent, ({ heldBack }) => heldBack.written),
      stale: sum(recent, ({ heldBack }) => heldBack.stale),
      'cut-off': sum(recent, ({ heldBack }) => heldBack['cut-off']),
      waited: sum(recent, ({ heldBack }) => heldBack.waited),
    },
  };
}

function sameShare(one: WantedShare, other: WantedShare): boolean {
  return one.percent === other.percent && one.by === other.by && one.stickiness === other.stickiness;
}

function mergeSide(figures: readonly TrafficFigures[], side: Side): SideView {
  const sides = figures.map(({ sides: both }) => both[side]);
  return {
    answers: sum(sides, ({ answers }) => sum(Object.values(answers), Number)),
    failures: sum(sides, ({ answers }) => answers['5xx']),
    p50Ms: largest(sides.map(({ p50Ms }) => p50Ms)),
    p99Ms: largest(sides.map(({ p99Ms }) => p99Ms)),
  };
}

function mergeCapability(told: [Told<CapabilityStatus>, ...Told<CapabilityStatus>[]]): CapabilityView {
  const parts = told.map(({ part }) => part);
  const replicas = parts.flatMap(({ replica }) => (replica ? [replica] : []));
  return {
    capability: told[0].part.capability,
    replica: mergeReplica(replicas),
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

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
