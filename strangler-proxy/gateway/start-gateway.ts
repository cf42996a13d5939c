import type { NatsConnection } from 'nats';
import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { followInstances } from '#platform/discovery/find-instances.js';
import { type Registered, register } from '#platform/discovery/register.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { ConsistencyConfig, GatewayConfig } from './config/gateway-config.js';
import { compileDecisions } from './decide.js';
import { clientGone, type Exchange } from './exchange.js';
import { noFlags, watchFlags } from './flags/watch-flags.js';
import { forwardByUndici } from './forward/forward-by-undici.js';
import { openLanes } from './forward/open-lanes.js';
import { keepFresh } from './freshness/keep-fresh.js';
import { loadDocuments } from './documents/serve-documents.js';
import { createRequestHandler } from './handle-request.js';
import { createAdminListener } from './listener/admin-listener.js';
import { createClientListener, listen } from './listener/client-listener.js';
import { drainServer, trackConnections } from './listener/drain.js';
import { recognisePeers } from './listener/peers.js';
import { passUpgradesThrough } from './listener/upgrade.js';
import { linkToNats } from './nats-link.js';
import { openAccessLog } from './observe/access-log.js';
import { describeStatus } from './observe/describe-status.js';
import { createMetrics } from './observe/prometheus.js';
import { countTraffic } from './observe/traffic.js';
import { compileEndpoints, type Endpoint } from './routing/endpoint.js';
import { compileTree } from './routing/endpoint-tree.js';
import type { RunningGateway } from './run-gateway.js';

export interface GatewayParts {
  config: GatewayConfig;
  /** What paths in the configuration are relative to. */
  configFile: string;
  id: string;
  version: string;
  logger: Logger;
}

/** Milliseconds between two looks for instances. */
const lookEvery = 1_000;

/** Puts a gateway together from its parts, and starts it. */
export async function startGateway({
  config,
  configFile,
  id,
  version,
  logger,
}: GatewayParts): Promise<RunningGateway> {
  const steady = () => performance.now();
  const wall = () => Date.now();
  const startedAt = new Date(wall()).toISOString();
  const endpoints = compileEndpoints(config);
  const everythingElse = endpoints.at(-1) as Endpoint;
  const capabilities = capabilityNames(endpoints, config);
  let state: 'starting' | 'ready' | 'draining' = 'starting';
  let url = '';
  let adminUrl = '';
  let registered: Promise<Registered> | undefined;

  const flags = openFlags(config, logger, wall);
  const decisions = compileDecisions(endpoints, flags, config.flags.context, Math.random);
  const traffic = countTraffic(endpoints.length, steady);
  const lanes = openLanes(config, steady, (lane, breaker) =>
    logger.warn({ ...lane, breaker }, 'a breaker changed its state'),
  );
  const freshness = keepFresh({ gateway: id, capabilities: replicated(config), logger, now: wall });
  const link = linkToNats(config.nats, { connected, cutOff: freshness.cutOff, logger });
  const stopLooking = lanes.discoverable.map(({ name, instances }) =>
    followInstances(link.connection, name, lookEvery, (found) =>
      instances.discovered(
        found.flatMap(({ metadata }) => (metadata['url'] ? [new URL(metadata['url']).origin] : [])),
      ),
    ),
  );
  const log = openAccessLog(config.accessLog.percent, Math.random);
  const match = compileTree(endpoints, config.matching);
  const connectionOf = recognisePeers(config.trustedPeers);

  const handle = createRequestHandler({
    match,
    everythingElse,
    decide: decisions.decide,
    freshness,
    connectionOf,
    serveDocument: loadDocuments(config.documents, configFile),
    bodyLimit: config.limits.body,
    clock: { wall, steady },
    around: {
      forward: forwardByUndici(steady),
      laneOf: ({ capability }, side) => lanes.find(capability, side),
      titleOf: ({ capability }) => titleOf(config, capability),
      answerLimit: config.limits.body,
      draining: () => state === 'draining',
      finished,
    },
  });

  function connected(nats: NatsConnection): void {
    freshness.connected(nats);
    announceSelf();
  }

  /** Once, as soon as there is both an address to announce and somebody to announce it to. */
  function announceSelf(): void {
    const nats = link.connection();
    if (!nats || registered || state !== 'ready') return;
    registered = register(nats, { name: 'gateway', version, metadata: { gateway: id, url, adminUrl } });
    registered.catch((error: unknown) =>
      logger.warn({ err: error }, 'this gateway could not be registered; the CLI will not find it'),
    );
  }

  function finished(exchange: Exchange): void {
    const ms = steady() - exchange.startedAt;
    const { index } = exchange.endpoint;
    if (exchange.status === clientGone) traffic.aborted(index);
    else traffic.answered(index, exchange.side, exchange.status, ms);
    if (exchange.fellBack) traffic.fellBack(index);
    if (exchange.heldBack) traffic.heldBack(index, exchange.heldBack);
    log.write(exchange, ms);
  }

  const server = createClientListener(config.limits, handle);
  const open = trackConnections(server);
  passUpgradesThrough({
    server,
    peerOf: connectionOf,
    handle,
    logger,
    upstreamFor: () => lanes.find(null, 'monolith')?.instances.pick(steady())?.url,
  });
  const port = await listen(server, config.listen.host, config.listen.port);
  url = `http://${hostInUrl(config.listen.host)}:${port}`;
  const status = (): GatewayStatus =>
    describeStatus({
      identity: { gateway: id, version, url, startedAt },
      ready: () => state === 'ready',
      natsState: link.state,
      endpoints,
      capabilities,
      flags,
      decisions,
      lanes,
      freshness,
      traffic,
    });
  const admin = createAdminListener({
    status,
    metrics: createMetrics({ endpoints, capabilities, lanes, freshness, traffic }),
    ready: () => state === 'ready',
  });
  const adminPort = await listen(admin, config.admin.host, config.admin.port);
  adminUrl = `http://${hostInUrl(config.admin.host)}:${adminPort}`;
  state = 'ready';
  announceSelf();

  async function drain(): Promise<void> {
    if (state === 'draining') return;
    state = 'draining';
    await registered?.then(({ withdraw }) => withdraw()).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, config.drain.delay));
    await drainServer(server, open, config.drain.limit);
    for (const stop of stopLooking) stop();
    freshness.close();
    traffic.close();
    log.close();
    flags.close();
    await link.close();
    await lanes.close();
    admin.close();
    admin.closeAllConnections();
  }

  return { id, url, adminUrl, status, drain };
}

function openFlags(config: GatewayConfig, logger: Logger, now: () => number) {
  const { unleash, token, environment, refresh } = config.flags;
  if (!unleash || !token) return noFlags();
  return watchFlags({ url: unleash, token, environment, refresh, stateFolder: config.state, logger, now });
}

/** Capabilities whose service holds a copy of its own, which may lag. */
function replicated(config: GatewayConfig): Map<string, ConsistencyConfig> {
  return new Map(
    Object.entries(config.capabilities).flatMap(([name, { service, consistency }]) =>
      service && consistency !== 'none' ? [[name, consistency] as const] : [],
    ),
  );
}

function capabilityNames(endpoints: readonly Endpoint[], config: GatewayConfig): string[] {
  const named = endpoints.flatMap(({ capability }) => (capability === null ? [] : [capability]));
  return [...new Set([...Object.keys(config.capabilities), ...named])];
}

function titleOf(config: GatewayConfig, capability: string | null): string {
  if (capability === null) return 'The service';
  const title =
    config.capabilities[capability]?.title ?? `${capability.charAt(0).toUpperCase()}${capability.slice(1)}`;
  return `${title} service`;
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
