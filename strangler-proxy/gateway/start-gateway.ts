import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { listenerUrl } from '#platform/discovery/public-address.js';
import { type Registered, register } from '#platform/discovery/register.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { titleOf } from './config/capabilities.js';
import type { GatewayConfig } from './config/gateway-config.js';
import { loadDocuments } from './documents/serve-documents.js';
import { forwardByUndici } from './forward/forward-by-undici.js';
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
import type { Endpoint } from './routing/endpoint.js';
import { compileTree } from './routing/endpoint-tree.js';
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

  const handle = createRequestHandler({
    match: compileTree(parts.endpoints, config.matching),
    everythingElse: parts.endpoints.at(-1) as Endpoint,
    reads: parts.reads,
    freshness: parts.freshness,
    assignId: config.signingKey === undefined ? undefined : assignIdsBy(config.signingKey),
    connectionOf,
    serveDocument,
    onBug: (error) => logger.error({ err: error }, 'a request could not be handled'),
    bodyLimit: config.limits.body,
    keptBody: config.parking.body,
    clock,
    around: {
      forward: forwardByUndici(clock.steady),
      lot: parts.lot,
      laneOf: ({ capability }, side) => parts.lanes.find(capability, side),
      titleOf: ({ capability }) => titleOf(config, capability),
      place: parts.place,
      whenFreshAtMonolith: parts.reads.whenFreshAtMonolith,
      ownerElsewhere: parts.reads.ownerElsewhere,
      answerLimit: config.limits.body,
      draining: () => state === 'draining',
      finished: parts.record,
    },
  });
  const server = createClientListener(config.limits, handle);
  const open = trackConnections(server);
  const upstreamFor = () => parts.lanes.find(null, 'monolith')?.instances.pick(clock.steady())?.url;
  passUpgradesThrough({ server, peerOf: connectionOf, handle, logger, upstreamFor });

  const ready = () => state === 'ready';
  const status = () => statusOf(parts, identity, ready);
  const admin = createAdminListener({ status, metrics: createMetrics(parts), ready });

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
  const nats = parts.link.connection();
  if (nats) announceSelf(nats);

  /** Once, as soon as there is both an address to announce and somebody to announce it to. */
  function announceSelf(connection: NatsConnection): void {
    if (registered || state !== 'ready') return;
    registered = register(connection, {
      name: 'gateway',
      version,
      metadata: {
        gateway: id,
        url: identity.url,
        adminUrl: config.admin.publicUrl ?? listening.adminUrl,
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
    await parts.close();
    admin.close();
    admin.closeAllConnections();
  }

  return { id, ...listening, status, drain };
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
