import type { Side } from './move.js';

/** What `GET /status` on a gateway's admin listener answers. Times are ISO 8601 UTC, durations milliseconds. */
export interface GatewayStatus {
  /** Unique to one run of one gateway. */
  gateway: string;
  version: string;
  /** Where clients connect. */
  url: string;
  startedAt: string;
  /** `false` while starting and while draining. */
  ready: boolean;
  flags: FlagsStatus;
  nats: 'connected' | 'cut-off' | 'not-configured';
  capabilities: CapabilityStatus[];
  /** In the order of the configuration; the last one, `*`, is everything that no endpoint matches. */
  endpoints: EndpointStatus[];
}

export interface FlagsStatus {
  /** `last-known`: Unleash has not been reached since the start, decisions come from the backup file. */
  source: 'unleash' | 'last-known' | 'none';
  /** Grows by one each time a change of flags took effect in this gateway. */
  revision: number;
  changedAt: string | null;
  /** When Unleash last answered. */
  contactedAt: string | null;
  ageMs: number | null;
}

export interface CapabilityStatus {
  capability: string;
  /** The service's replica of what the monolith owns; `null` where both sides share their data. */
  replica: ReplicaStatus | null;
  /** The monolith's replica of what the service owns. */
  monolithReplica: ReplicaStatus | null;
  /** Who owns how many of the buckets, as this gateway knows it; `null` where both sides share their data. */
  owners: OwnersStatus | null;
  /** The monolith's part is being retired, or is: not even reads go there. */
  monolithLeaves: boolean;
  /** Writes that wait for an owner of their key. */
  parked: number;
  /** The monolith's are those of all capabilities; `null` where no service is configured. */
  upstreams: Record<Side, UpstreamStatus | null>;
}

export interface OwnersStatus {
  monolith: number;
  service: number;
  /** Between two owners. */
  nobody: number;
  /** `false` while no news of owners arrive: the figures are what was last heard, or found out by asking. */
  heard: boolean;
}

export interface ReplicaStatus {
  state: 'fresh' | 'stale' | 'cut-off' | 'joining';
  /** Age of what the replica was last known to hold. */
  lagMs: number | null;
  /** Keys that are read from their owner because they were written lately. */
  keysHeld: number;
  /** All keys are held: more were written than are tracked, or which ones isn't known. */
  allKeysHeld: boolean;
}

export interface UpstreamStatus {
  breaker: 'closed' | 'open' | 'half-open';
  inFlight: number;
  queued: number;
  instances: { url: string; from: 'configuration' | 'discovery'; inFlight: number; ejected: boolean }[];
}

export interface EndpointStatus {
  /** Method and path template: `GET /inventory/{productId}`. */
  endpoint: string;
  capability: string | null;
  kind: 'read' | 'write';
  /** Name of the flag that flips it; `null` where nothing can: no service, or a write. */
  flag: string | null;
  /** Stickiness that a new flag of this endpoint should get. */
  stickiness: string;
  wanted: WantedShare;
  /** The last ten seconds. */
  recent: TrafficFigures;
  /** The last minutes. */
  lately: AnswersLately;
  sinceStart: TrafficFigures;
}

/** A side, or the gateway alone: it answered what no side was sent, or none answered. */
export type AnsweredBy = Side | 'gateway';

/** How many requests each side has answered; the gateway's own answers are nobody's traffic. */
export interface AnswersLately {
  /** At most five minutes; less after a start. */
  seconds: number;
  monolith: number;
  service: number;
}

export interface WantedShare {
  /** Percent of requests that the flag sends to the service; `null` where it can't be said as one number. */
  percent: number | null;
  /**
   * `compiled`: a plain gradual roll-out; `off`: no such flag, or disabled;
   * `per-request`: any other flag, evaluated afresh for each request (`reason` says what makes it so).
   */
  by: 'compiled' | 'off' | 'per-request';
  stickiness: string | null;
  reason: string | null;
}

export interface TrafficFigures {
  seconds: number;
  requests: number;
  /** Percent of the requests that a side answered which the service answered; `null` without any. */
  servicePercent: number | null;
  /** The sides' durations begin when the side that answered was asked, `gateway`'s with the request. */
  sides: Record<AnsweredBy, SideFigures>;
  /** How long requests stayed in the gateway before the side that answered was asked. */
  waits: Percentiles;
  /** Requests that the service failed and the monolith answered. */
  fallbacks: number;
  /** Reads that the flag's side could not be shown to answer freshly, and so went to the owner. */
  heldBack: Record<HeldBackReason, number>;
}

/**
 * `written`: the key was written moments ago; `stale`: the replica lags, or nothing is known of it;
 * `cut-off`: this gateway doesn't hear what others write; `waited`: a list waited in vain for a replica, or a key for its
 * new owner; `absent`: the replica was asked, and had not got what the owner was asked for then.
 */
export type HeldBackReason = 'written' | 'stale' | 'cut-off' | 'waited' | 'absent';

export interface SideFigures extends Percentiles {
  answers: Record<'2xx' | '3xx' | '4xx' | '5xx', number>;
}

/** `null` without any. */
export interface Percentiles {
  p50Ms: number | null;
  p99Ms: number | null;
}
