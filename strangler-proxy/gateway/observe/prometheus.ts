import { collectDefaultMetrics, Registry } from 'prom-client';
import type { AnsweredBy } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import { measureCaught } from '#platform/telemetry/guarded.js';
import type { Lane } from '../forward/lane.js';
import type { Lanes } from '../forward/open-lanes.js';
import type { KeptFresh } from '../freshness/keep-fresh.js';
import type { LimitLog } from '../limits/limit-log.js';
import type { WatchedOwners } from '../owners/watch-owners.js';
import type { ParkingFigures, ParkingLot } from '../parking/parking-lot.js';
import type { Endpoint } from '../routing/endpoint.js';
import type { Outcomes, StatusCounts } from './outcomes.js';
import { histogram, register, type Value } from './register-metric.js';
import type { Counts, Traffic } from './traffic.js';

export interface MetricSources {
  endpoints: readonly Endpoint[];
  capabilities: readonly string[];
  lanes: Lanes;
  owners: WatchedOwners;
  lot: ParkingLot;
  freshness: KeptFresh;
  traffic: Traffic;
  outcomes: Outcomes;
  limits: Pick<LimitLog, 'counts'>;
}

type EndpointLabels = Record<'endpoint' | 'capability', string>;

const sides: readonly Side[] = ['monolith', 'service'];
const answering: readonly AnsweredBy[] = [...sides, 'gateway'];
const breakerStates = { closed: 0, 'half-open': 1, open: 2 };

/** Prometheus metrics, worked out from the gateway's own counters when they are asked for: requests pay nothing for them. */
export function createMetrics(from: MetricSources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measureCaught(registry);
  const perEndpoint = (values: (of: EndpointLabels, counts: Counts) => Value[]) => () =>
    from.endpoints.flatMap(({ index, name, capability }) =>
      values({ endpoint: name, capability: capability ?? '' }, from.traffic.sinceStart(index)),
    );
  const perLane = (value: (status: NonNullable<ReturnType<Lanes['status']>>) => number) => () =>
    from.capabilities.flatMap((capability) =>
      sides.flatMap((side) => {
        const status = from.lanes.status(capability, side);
        return status ? [{ labels: { capability, side }, value: value(status) }] : [];
      }),
    );
  register(
    registry,
    'requests_total',
    'counter',
    'Answered requests by class of the status, and by the side that answered, or gateway where none did',
    perEndpoint(answers),
  );
  register(
    registry,
    'request_seconds',
    'histogram',
    'Time from asking the side that answered to the end of its answer; for gateway, of the whole request',
    perEndpoint(latencies),
  );
  register(
    registry,
    'wait_seconds',
    'histogram',
    'Time that a request stayed in the gateway before the side that answered it was asked',
    perEndpoint((labels, { waits }) => histogram(labels, waits.latencies, waits.total)),
  );
  register(
    registry,
    'fallbacks_total',
    'counter',
    'Requests that the service failed and the monolith answered',
    perEndpoint((labels, counts) => [{ labels, value: counts.fallbacks }]),
  );
  register(
    registry,
    'aborted_total',
    'counter',
    'Requests whose client went away before the answer',
    perEndpoint((labels, counts) => [{ labels, value: counts.aborted }]),
  );
  register(
    registry,
    'held_back_total',
    'counter',
    "Reads that the flag's side could not be shown to answer freshly",
    perEndpoint(heldBack),
  );
  register(
    registry,
    'breaker_state',
    'gauge',
    '0 closed, 1 half-open, 2 open',
    perLane(({ breaker }) => breakerStates[breaker]),
  );
  register(
    registry,
    'in_flight',
    'gauge',
    'Requests that an upstream is working on',
    perLane(({ inFlight }) => inFlight),
  );
  register(
    registry,
    'queued',
    'gauge',
    'Requests that wait for a place in the bulkhead',
    perLane(({ queued }) => queued),
  );
  registerUpstreams(registry, from);
  register(
    registry,
    'replica_lag_seconds',
    'gauge',
    "Age of what a side's replica was last known to hold",
    () =>
      from.capabilities.flatMap((capability) =>
        sides.flatMap((side) => {
          const lag = from.freshness.status(capability, side)?.lagMs;
          return lag === null || lag === undefined
            ? []
            : [{ labels: { capability, side }, value: lag / 1000 }];
        }),
      ),
  );
  register(registry, 'buckets', 'gauge', 'Buckets by their owner; nobody: between two', () =>
    from.capabilities.flatMap((capability) => {
      const counts = Object.entries(from.owners.of(capability)?.counts() ?? {});
      return counts.map(([owner, value]) => ({ labels: { capability, owner }, value: value as number }));
    }),
  );
  registerParking(registry, from);
  registerOutcomes(registry, from.outcomes);
  register(
    registry,
    'limited_total',
    'counter',
    'Requests and connections that a limit has refused or cut off, by the setting that says so',
    () => [...from.limits.counts()].map(([setting, value]) => ({ labels: { setting }, value })),
  );
  return registry;
}

function registerUpstreams(registry: Registry, { capabilities, lanes }: MetricSources): void {
  const perLane = (values: (labels: { capability: string; side: Side }, lane: Lane) => Value[]) => () =>
    capabilities.flatMap((capability) =>
      sides.flatMap((side) => {
        const lane = lanes.find(capability, side);
        return lane ? values({ capability, side }, lane) : [];
      }),
    );
  register(
    registry,
    'refused_total',
    'counter',
    'Requests that were not sent, by what kept them back',
    perLane((labels, { refused }) =>
      Object.entries(refused).map(([by, value]) => ({ labels: { ...labels, by }, value })),
    ),
  );
  register(
    registry,
    'instances',
    'gauge',
    'Instances that requests are sent to, and those that are left alone for a while since they fail',
    perLane((labels, { instances }) => {
      const { well, ejected } = instances.count();
      return [
        { labels: { ...labels, state: 'well' }, value: well },
        { labels: { ...labels, state: 'ejected' }, value: ejected },
      ];
    }),
  );
}

function registerOutcomes(registry: Registry, outcomes: Outcomes): void {
  const perStatus = (counts: () => StatusCounts) => () =>
    [...counts()].map(([status, value]) => ({ labels: { status }, value }));
  register(
    registry,
    'upgrades_total',
    'counter',
    'WebSockets that are over, by the status of their handshake; 499: the client left before it',
    perStatus(outcomes.upgrades),
  );
  register(
    registry,
    'unreadable_total',
    'counter',
    'Requests refused because they can not be read, by status',
    perStatus(outcomes.unreadables),
  );
}

function registerParking(registry: Registry, { capabilities, lot }: MetricSources): void {
  const perCapability =
    (values: (labels: { capability: string }, figures: ParkingFigures) => Value[]) => () =>
      capabilities.flatMap((capability) => values({ capability }, lot.figures(capability)));
  register(
    registry,
    'parked',
    'gauge',
    'Writes that wait for an owner of their key',
    perCapability((labels, { now }) => [{ labels, value: now }]),
  );
  register(
    registry,
    'parked_total',
    'counter',
    'Writes that had to wait for an owner of their key',
    perCapability((labels, { total }) => [{ labels, value: total }]),
  );
  register(
    registry,
    'park_seconds',
    'histogram',
    'Time that they waited, until they were sent',
    perCapability((labels, { times, totalTime }) => histogram(labels, times, totalTime)),
  );
  register(
    registry,
    'park_given_up_total',
    'counter',
    'Writes refused because they waited too long, too many waited, or their body is too large to wait',
    perCapability((labels, { givenUp }) =>
      Object.entries(givenUp).map(([reason, value]) => ({ labels: { ...labels, reason }, value })),
    ),
  );
}

function answers(of: EndpointLabels, { sides: counts }: Counts): Value[] {
  return answering.flatMap((side) =>
    [...counts[side].answers]
      .map((value, digit) => ({ labels: { ...of, side, status: `${digit}xx` }, value }))
      .filter(({ value }) => value > 0),
  );
}

function latencies(of: EndpointLabels, { sides: counts }: Counts): Value[] {
  return answering.flatMap((side) => histogram({ ...of, side }, counts[side].latencies, counts[side].total));
}

function heldBack(of: EndpointLabels, { heldBack: counts }: Counts): Value[] {
  return Object.entries(counts)
    .filter(([, value]) => value > 0)
    .map(([reason, value]) => ({ labels: { ...of, reason }, value }));
}
