import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { type FoundInstance, followInstances } from '#platform/discovery/find-instances.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { capabilityNames, replicatedCapabilities, titleOf } from './config/capabilities.js';
import type { GatewayConfig } from './config/gateway-config.js';
import { compileDecisions } from './decide.js';
import { clientGone, type Exchange } from './exchange/exchange.js';
import { noFlags, watchFlags } from './flags/watch-flags.js';
import { openLanes } from './forward/open-lanes.js';
import { keepFresh } from './freshness/keep-fresh.js';
import { linkToNats } from './nats-link.js';
import { openAccessLog } from './observe/access-log.js';
import { countTraffic } from './observe/traffic.js';
import { askProgramsWithin } from './owners/ask-program.js';
import { watchOwners } from './owners/watch-owners.js';
import { openParkingLot } from './parking/parking-lot.js';
import { placeWrites } from './parking/place-writes.js';
import { routeReads } from './route-read.js';
import { compileEndpoints } from './routing/endpoint.js';

/** Milliseconds between two looks for instances. */
const lookEvery = 1_000;

/** Clocks: milliseconds since 1970, and milliseconds that never go back. */
export interface Clock {
  wall: () => number;
  steady: () => number;
}

export interface PartsOptions {
  config: GatewayConfig;
  gateway: string;
  clock: Clock;
  logger: Logger;
  /** Called each time NATS has been reached. */
  onNats: (nats: NatsConnection) => void;
}

export type GatewayParts = ReturnType<typeof openParts>;

/** Opens all that stands behind a gateway's listeners: flags, ways to upstreams, freshness, counters. */
export function openParts({ config, gateway, clock, logger, onNats }: PartsOptions) {
  const endpoints = compileEndpoints(config);
  const flags = openFlags(config, logger, clock.wall);
  const decisions = compileDecisions(endpoints, flags, config.flags.context, Math.random);
  const traffic = countTraffic(endpoints.length, clock.steady);
  const lanes = openLanes(config, clock.steady, (lane, breaker) =>
    logger.warn({ ...lane, breaker }, 'a breaker changed its state'),
  );
  const capabilities = replicatedCapabilities(config);
  const askProgram = askProgramsWithin(config.natsTimeouts.ownership);
  const owners = watchOwners({
    capabilities: capabilities.keys(),
    askProgram: (capability, side) =>
      askProgram(lanes.find(capability, side)?.instances.pick(clock.steady())?.url, capability, side),
    backup: config.state === undefined ? undefined : { folder: config.state, system: systemOf(config) },
    logger,
  });
  const freshness = keepFresh({
    ...{ gateway, capabilities, ownersOf: owners.of, onMissed: owners.missed, logger },
    now: clock.wall,
    hearingLimit: config.natsTimeouts.flush,
  });
  const reads = routeReads({
    endpoints,
    decide: decisions.decide,
    freshness,
    ownersOf: owners.of,
    whenKnown: owners.whenKnown,
    titleOf: (capability) => titleOf(config, capability),
    waitsOf: (capability) => capabilities.get(capability) ?? { listWait: 0, mixedListWait: 0 },
  });
  const lot = openParkingLot(config.parking, clock.steady);
  const title = (capability: string | null) => titleOf(config, capability);
  const place = placeWrites({ owners, lot, titleOf: title, now: clock.steady });
  const connected = (nats: NatsConnection) => {
    // What others write must be heard before the sides are asked: what they answer is true from then on.
    freshness.connected(nats);
    owners.connected(nats);
    onNats(nats);
  };
  const cutOff = () => {
    owners.cutOff();
    freshness.cutOff();
  };
  const link = linkToNats(config.nats, { connected, cutOff, logger });
  const stopLooking = lanes.discoverable.map(({ name, instances }) =>
    followInstances(link.connection, name, lookEvery, (found) => instances.discovered(addresses(found))),
  );
  const log = openAccessLog(config.accessLog.percent, Math.random);

  return {
    endpoints,
    capabilities: capabilityNames(config),
    flags,
    decisions,
    traffic,
    lanes,
    owners,
    freshness,
    reads,
    lot,
    place,
    link,
    /** Counts an exchange that is over, and logs it where that is wanted. */
    record(exchange: Exchange): void {
      const ms = clock.steady() - exchange.startedAt;
      const { index } = exchange.endpoint;
      if (exchange.status === clientGone) traffic.aborted(index);
      else traffic.answered(index, exchange.side, exchange.status, ms);
      if (exchange.fellBack) traffic.fellBack(index);
      if (exchange.heldBack) traffic.heldBack(index, exchange.heldBack);
      log.write(exchange, ms);
    },
    async close(): Promise<void> {
      for (const stop of stopLooking) stop();
      freshness.close();
      owners.close();
      traffic.close();
      flags.close();
      log.close();
      await link.close();
      await lanes.close();
    },
  };
}

function openFlags(config: GatewayConfig, logger: Logger, now: () => number) {
  const { unleash, token, environment, refresh } = config.flags;
  if (!unleash || !token) return noFlags();
  return watchFlags({ url: unleash, token, environment, refresh, stateFolder: config.state, logger, now });
}

/** What registered instances say of themselves is not taken for an address before it looks like one. */
function addresses(found: readonly FoundInstance[]): string[] {
  return found.flatMap(({ metadata: { url } }) => {
    const parsed = url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
    return parsed && /^https?:$/.test(parsed.protocol) ? [parsed.origin] : [];
  });
}

/** Tells systems apart by where their broker and their monolith are; without credentials. */
function systemOf({ nats, monolith }: GatewayConfig): string {
  const broker = nats !== undefined && URL.canParse(nats) ? new URL(nats).host : '';
  return JSON.stringify({ broker, monolith });
}
