import type { Registry } from 'prom-client';
import type { NatsConnection } from '#platform/messaging/exchange-json.js';
import type { Logger } from '#platform/telemetry/logger.js';
import type { UnleashAccess } from '../flags/unleash-request.js';
import type { GatewayConfig } from '../gateway/config/gateway-config.js';
import type { UnleashClient } from './flags/watch-owner-flags.js';
import type { Verify } from './gates/verified.js';
import type { HandOverSettings } from './capability/capability-parts.js';

/** All that one instance is told. */
export interface ControlPlaneOptions {
  host: string;
  port: number;
  /** Where others reach it; made of host and port where it isn't set. */
  publicUrl: string | undefined;
  mysqlUrl: string;
  natsUrl: string;
  unleash: UnleashClient;
  unleashAdmin: UnleashAccess;
  /** Where monolith and services are, and which capabilities there are. */
  gateway: Pick<GatewayConfig, 'monolith' | 'capabilities'>;
  /** Token of an admin, by which further ones are added; undefined where one is in the database already. */
  adminToken: string | undefined;
  settings: HandOverSettings;
  /** KV bucket of the lease: control planes with the same one stand by for each other. */
  leaseBucket: string;
  /** Durations are milliseconds. */
  leaseDuration: number;
  /** Shortest wait for a sidecar's answer: where a question's own limit is shorter, this one holds. */
  minRequestTimeout?: number;
  mostLag: number;
  throwAwayData: boolean;
  verify: ((nats: NatsConnection) => Verify) | undefined;
  verifiedFor: number;
  quietTime: number;
  registry: Registry;
  logger: Logger;
}
