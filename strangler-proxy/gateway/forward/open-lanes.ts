import type { UpstreamStatus } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import { type Breaker, createBreaker } from '#platform/resilience/breaker.js';
import { createBulkhead } from '#platform/resilience/bulkhead.js';
import { capabilityNames } from '../config/capabilities.js';
import type { GatewayConfig, UpstreamLimits } from '../config/gateway-config.js';
import { createAbsence } from './absence.js';
import { createDeadlines } from './deadlines.js';
import { createInstances, type Instances } from './instances.js';
import type { Lane } from './lane.js';
import { createRepeatBudget } from './repeat-budget.js';

interface Discoverable {
  name: string;
  /** Where they may be; anywhere, if there are none. */
  hosts: readonly string[];
  instances: Instances;
}

/** All ways to all upstreams. */
export interface Lanes {
  /** @param capability `null` for what no endpoint matches */
  find(capability: string | null, side: Side): Lane | undefined;
  /** Sets of instances that discovery keeps, by the name that instances register under. */
  discoverable: Discoverable[];
  status(capability: string, side: Side): UpstreamStatus | null;
  all(): readonly Lane[];
  close(): void;
}

/** Told of each change, for the log. */
export type OnBreaker = (lane: { capability: string; side: Side }, state: Breaker['state']) => void;

/**
 * Opens a lane per capability and side. The monolith's instances are shared by all capabilities; breaker and
 * bulkhead are not, so that one capability that is stuck there leaves room for the others.
 * @param now monotonic milliseconds
 */
export function openLanes(config: GatewayConfig, now: () => number, onBreaker: OnBreaker): Lanes {
  const idles = [...config.endpoints, config.unmapped].flatMap(({ timeouts: { idle } }) => idle ?? []);
  const connectionLimits = ({ timeouts }: UpstreamLimits) => ({
    ...timeouts,
    shortestIdle: idles.length > 0 ? Math.min(...idles) : undefined,
  });
  const monolith = createInstances(config.monolith.urls, connectionLimits(config.monolithLimits), now);
  const discoverable: Discoverable[] = [];
  const discover = ({ discover: name, hosts }: GatewayConfig['monolith'], instances: Instances) => {
    if (name) discoverable.push({ name, hosts, instances });
  };
  discover(config.monolith, monolith);
  const lanes = new Map<string | null, Partial<Record<Side, Lane>>>();
  const open = (
    capability: string | null,
    side: Side,
    instances: Instances,
    limits: UpstreamLimits,
  ): Lane => ({
    side,
    section: side === 'service' ? `capabilities.${capability}` : 'monolithLimits',
    instances,
    statusTells: side === 'service',
    absence: createAbsence(config.parking.absence, now),
    repeats: createRepeatBudget(now),
    breaker: createBreaker(limits.breaker, now, (state) =>
      onBreaker({ capability: capability ?? '*', side }, state),
    ),
    bulkhead: createBulkhead(limits.bulkhead),
    refused: { breaker: 0, bulkhead: 0 },
    answerDeadlines: createDeadlines(limits.timeouts.answer, now),
  });
  for (const name of [null, ...capabilityNames(config)]) {
    lanes.set(name, { monolith: open(name, 'monolith', monolith, config.monolithLimits) });
  }
  for (const [name, capability] of Object.entries(config.capabilities)) {
    if (!capability.service) continue;
    const instances = createInstances(capability.service.urls, connectionLimits(capability), now);
    discover(capability.service, instances);
    lanes.set(name, { ...lanes.get(name), service: open(name, 'service', instances, capability) });
  }
  const all = [...lanes.values()].flatMap((sides) => Object.values(sides));
  return {
    find: (capability, side) => lanes.get(capability)?.[side],
    discoverable,
    all: () => all,
    status: (capability, side) => describe(lanes.get(capability)?.[side], now()),
    close() {
      for (const { breaker, answerDeadlines } of all) {
        breaker.close();
        answerDeadlines.close();
      }
      for (const { instances } of all) instances.close();
    },
  };
}

function describe(lane: Lane | undefined, now: number): UpstreamStatus | null {
  if (!lane) return null;
  return {
    breaker: lane.breaker.state,
    inFlight: lane.bulkhead.running,
    queued: lane.bulkhead.waiting,
    instances: lane.instances.status(now),
  };
}
