import { randomBytes } from 'node:crypto';
import { guardLocal } from '#platform/http/refuse-foreign.js';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import type { Side } from '#contracts/strangler/move.js';
import { listenerUrl } from '#platform/discovery/public-address.js';
import { type Registered, register } from '#platform/discovery/register.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { titleOf } from './config/capabilities.js';
import type { GatewayConfig } from './config/gateway-config.js';
import { loadDocuments } from './documents/serve-documents.js';
import { forwardByClient } from './forward/forward-by-client.js';
import { passOnAs } from './forward/hops.js';
import { sayGoodbye } from './say-goodbye.js';
import { createRequestHandler } from './handle-request.js';
import { createAdminListener } from './listener/admin-listener.js';
import { createClientListener, listen } from './listener/client-listener.js';
import { drainServer, trackConnections } from './listener/drain.js';
import { recognisePeers } from './listener/peers.js';
import { passUpgradesThrough } from './listener/upgrade.js';
import { describeStatus } from './observe/describe-status.js';
import { createMetrics } from './observe/prometheus.js';
import { type GatewayParts, openParts } from './open-parts.js';
import { assignIdsBy } from './owners/assign-id.js';
import { routeUpgrades, type UpgradeTarget } from './route/route-upgrade.js';
import type { Endpoint } from './routing/endpoint.js';
import { compileTree } from './routing/endpoint-tree.js';
import { longestWait } from './limits/longest-wait.js';
import type { RunningGateway } from './running-gateway.js';

export interface StartOptions {
  config: GatewayConfig;
  /** What paths in the configuration are relative to. */
  configFile: string;
  id: string;
  version: string;
  logger: Logger;
}

const clock = { wall: () => Date.now(), steady: () => performance.now() };

/** Part of a drain after which no write waits any more, so that each is answered before connections are cut. */
const partForWaiting = 0.8;

type State = 'starting' | 'ready' | 'draining';

/**
 * Puts a gateway together, and starts it.
 * @throws AppError `port_in_use`, or `invalid_config` for what only shows on starting; nothing is left running then
 */
export async function startGateway(options: StartOptions): Promise<RunningGateway> {
  const { config, configFile, id, version, logger } = options;
  const serveDocument = loadDocuments(config.documents, configFile);
  const connectionOf = recognisePeers(config.trustedPeers);
  const identity = { gateway: id, version, url: '', startedAt: new Date(clock.wall()).toISOString() };
  let state: State = 'starting';
  const listening = { url: '', adminUrl: '' };
  let registered: Promise<Registered> | undefined;
  const parts = openParts({ config, gateway: id, clock, logger, onNats: announceSelf });

  /** What requests and wishes for WebSockets are screened and routed by. */
  const screens = {
    match: compileTree(parts.endpoints, config.matching),
    everythingElse: parts.endpoints.at(-1) as Endpoint,
    reads: parts.reads,
    isDenied: parts.isDenied,
    passOn: passOnAs(`strangler-${randomBytes(4).toString('hex')}`),
  };
  const handle = createRequestHandler({
    ...screens,
    decide: parts.decisions.decide,
    freshness: parts.freshness,
    assignId: config.signingKey === undefined ? undefined : assignIdsBy(config.signingKey),
    connectionOf,
    serveDocument,
    onUnreadable: parts.recordUnreadable,
    onBug: (error) => logger.error({ err: error }, 'a request could not be handled'),
    timeouts: parts.timeouts,
    heldBody: { setting: 'limits.body', bytes: config.limits.body },
    passedBody: { setting: 'limits.upload', bytes: config.limits.upload ?? Number.POSITIVE_INFINITY },
    keptBody: config.parking.body,
    clock,
    around: {
      forward: forwardByClient(clock.steady),
      lot: parts.lot,
      laneOf: ({ capability }, side) => parts.lanes.find(capability, side),
      titleOf: ({ capability }) => titleOf(config, capability),
      place: parts.place,
      whenFreshAtMonolith: parts.reads.whenFreshAtMonolith,
      ownerElsewhere: parts.reads.ownerElsewhere,
      answerLimit: config.limits.body,
      draining: () => state === 'draining',
      now: clock.steady,
      limited: parts.recordLimited,
      finished: parts.record,
    },
  });
  const server = createClientListener(
    { ...config.limits, longestWait: longestWait(config) },
    handle,
    connectionOf,
    {
      unreadable: parts.recordUnreadable,
      limited: parts.recordLimit,
    },
  );
  const open = trackConnections(server);
  passUpgradesThrough({
    ...{ ...screens, server, peerOf: connectionOf, logger },
    route: routeUpgrades({
      ...screens,
      targetOf: (endpoint, side) => upgradeTarget(config, parts, endpoint, side),
    }),
    onEnded: parts.recordUpgrade,
    now: clock.steady,
  });

  const ready = () => state === 'ready';
  const status = () => statusOf(parts, identity, ready);
  const admin = createAdminListener({ status, metrics: createMetrics(parts), ready }, (pages) =>
    guardLocal(pages, config.admin.host, config.admin.publicUrl),
  );

  // Without the map, the monolith counts as the owner of everything.
  if (config.nats) await parts.owners.untilKnown(config.natsTimeouts.ownership);
  try {
    listening.url = await listenAt(server, config.listen);
    identity.url = config.listen.publicUrl ?? listening.url;
    listening.adminUrl = await listenAt(admin, config.admin);
  } catch (error) {
    server.close();
    await parts.close();
    throw error;
  }
  state = 'ready';
  announceSelf(parts.link.connection());

  function announcedAdminUrl(): string {
    return config.admin.publicUrl ?? listening.adminUrl;
  }

  /** Once, as soon as there is both an address to announce and somebody to announce it to. */
  function announceSelf(connection: NatsConnection | undefined): void {
    if (!connection || registered || state !== 'ready') return;
    registered = register(connection, {
      name: 'gateway',
      version,
      metadata: {
        gateway: id,
        url: identity.url,
        adminUrl: announcedAdminUrl(),
      },
    });
    registered.catch((error: unknown) =>
      logger.warn({ err: error }, 'this gateway could not be registered; the CLI will not find it'),
    );
  }

  async function drain(): Promise<void> {
    if (state === 'draining') return;
    state = 'draining';
    parts.lot.endWithin(config.drain.delay + config.drain.limit * partForWaiting);
    await registered?.then(({ withdraw }) => withdraw()).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, config.drain.delay));
    await drainServer(server, open, config.drain);
    if (registered) await sayGoodbye(parts.link.connection(), { gateway: id, adminUrl: announcedAdminUrl() });
    await parts.close();
    admin.close();
    admin.closeAllConnections();
  }

  return { id, ...listening, status, drain };
}

function upgradeTarget(
  { capabilities, monolithLimits }: GatewayConfig,
  parts: GatewayParts,
  { capability, index, timeouts }: Endpoint,
  side: Side,
): UpgradeTarget | undefined {
  const lane = parts.lanes.find(capability, side);
  const instance = lane?.instances.pick(clock.steady());
  if (!lane || !instance) return undefined;
  const { timeouts: of } = (side === 'service' && capabilities[capability ?? '']) || monolithLimits;
  // An open WebSocket has no end that could be late; its handshake has.
  const { request = Number.POSITIVE_INFINITY, answer = of.answer, idle = of.idle } = timeouts;
  const own = parts.timeouts.of(index)?.section;
  const setting = (which: 'answer' | 'idle') =>
    `${timeouts[which] === undefined ? `${lane.section}.timeouts` : own}.${which}`;
  return {
    url: instance.url,
    answerTime: Math.min(answer, request),
    idleTime: idle,
    settings: { answer: request < answer ? `${own}.request` : setting('answer'), idle: setting('idle') },
  };
}

function statusOf(
  parts: GatewayParts,
  identity: Pick<GatewayStatus, 'gateway' | 'version' | 'url' | 'startedAt'>,
  ready: () => boolean,
): GatewayStatus {
  return describeStatus({ ...parts, identity, ready, natsState: parts.link.state });
}

async function listenAt(
  server: Parameters<typeof listen>[0],
  { host, port }: GatewayConfig['listen'],
): Promise<string> {
  return listenerUrl(host, await listen(server, host, port));
}
