import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import { followInstances } from '#platform/discovery/find-instances.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { capabilityNames, replicatedCapabilities, titleOf } from './config/capabilities.js';
import type { GatewayConfig } from './config/gateway-config.js';
import { registeredAddresses } from './config/registered-addresses.js';
import { compileDecisions } from './route/decide.js';
import type { Exchange } from './exchange/exchange.js';
import { clientGone } from './forward/what-failures-say.js';
import { noFlags, watchFlags } from './flags/watch-flags.js';
import { openLanes } from './forward/open-lanes.js';
import { openRequestTimeouts } from './forward/request-timeouts.js';
import { keepFresh } from './freshness/keep-fresh.js';
import type { EndedConnection } from './listener/ended-connection.js';
import { openLimitLog, type RefusedByLimit } from './limits/limit-log.js';
import { linkToNats } from './nats-link.js';
import { openAccessLog } from './observe/access-log.js';
import { countOutcomes } from './observe/outcomes.js';
import { countTraffic } from './observe/traffic.js';
import { askProgramsWithin } from './owners/ask-program.js';
import { watchOwners } from './owners/watch-owners.js';
import { openParkingLot } from './parking/parking-lot.js';
import { placeWrites } from './parking/place-writes.js';
import { routeReads } from './route/route-read.js';
import { compileDenied } from './routing/denied-paths.js';
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
  const outcomes = countOutcomes();
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
  const stopLooking = lanes.discoverable.map(({ name, hosts, instances }) =>
    followInstances(link.connection, name, lookEvery, (found) => {
      const { urls, refused } = registeredAddresses(hosts, found);
      instances.discovered(urls);
      if (refused.length > 0)
        logger.warn(
          { name, refused, hosts },
          'registered addresses are not used: the configuration does not allow them',
        );
    }),
  );
  const timeouts = openRequestTimeouts(endpoints, clock.steady);
  const limits = openLimitLog(logger);
  const log = openAccessLog(config.accessLog.percent, Math.random);

  return {
    endpoints,
    isDenied: compileDenied(config.denied, config.matching),
    capabilities: capabilityNames(config),
    flags,
    decisions,
    traffic,
    outcomes,
    lanes,
    owners,
    freshness,
    reads,
    lot,
    place,
    timeouts,
    limits,
    link,
    /** Counts an exchange that is over, and logs it where that is wanted. */
    record(exchange: Exchange): void {
      const now = clock.steady();
      const { endpoint, startedAt, answerer, status } = exchange;
      const { index } = endpoint;
      const { took, waited } = answerer.times(now);
      if (status === clientGone) traffic.aborted(index);
      else traffic.answered(index, answerer.by, status, took, waited);
      if (exchange.fellBack) traffic.fellBack(index);
      if (exchange.heldBack) traffic.heldBack(index, exchange.heldBack);
      log.write(exchange, now - startedAt);
    },
    /** Notes that a limit has refused an exchange, or cut its answer off. */
    recordLimited({ request, endpoint, requestId, remoteAddress }: Exchange, setting: string): void {
      const { method, url: path } = request;
      limits.refused({ setting, method, path, endpoint: endpoint.name, requestId, client: remoteAddress });
    },
    recordLimit(what: RefusedByLimit): void {
      limits.refused(what);
    },
    recordUpgrade(connection: EndedConnection): void {
      outcomes.upgraded(connection.status);
      log.note('websocket', connection);
      const { setting, path, client } = connection;
      if (setting !== undefined) limits.refused({ setting, path, client });
    },
    recordUnreadable(connection: EndedConnection): void {
      outcomes.unreadable(connection.status);
      log.note('unreadable request', connection);
      const { setting, path, client } = connection;
      if (setting !== undefined) limits.refused({ setting, path, client });
    },
    async close(): Promise<void> {
      for (const stop of stopLooking) stop();
      freshness.close();
      owners.close();
      traffic.close();
      flags.close();
      log.close();
      limits.close();
      timeouts.close();
      await link.close();
      lanes.close();
    },
  };
}

function openFlags(config: GatewayConfig, logger: Logger, now: () => number) {
  const { unleash, token, environment, refresh } = config.flags;
  if (!unleash || !token) return noFlags();
  return watchFlags({ url: unleash, token, environment, refresh, stateFolder: config.state, logger, now });
}

/** Tells systems apart by where their broker and their monolith are; without credentials. */
function systemOf({ nats, monolith }: GatewayConfig): string {
  const broker = nats !== undefined && URL.canParse(nats) ? new URL(nats).host : '';
  return JSON.stringify({ broker, monolith });
}
