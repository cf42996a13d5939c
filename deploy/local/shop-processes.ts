import type { PortName, Ports } from './ports.js';
import type { Servers } from './servers/plan-servers.js';

interface ShopProgram {
  name: string;
  /** Its entry point in the build, relative to `dist`. */
  program: string;
  args?: readonly string[];
  dependsOn: readonly string[];
  /** Its own part of the environment. */
  environment: (system: System) => Record<string, string>;
}

/** A program that does its work and ends, at every start. */
export type ShopStep = ShopProgram;

/** A program that runs as long as the system; host, port and log level come on top of its own environment. */
export interface ShopProcess extends ShopProgram {
  port: PortName;
  /** Path that answers 2xx when it is ready. */
  health: string;
  /** Where its health is told, if not at its port. */
  healthPort?: PortName;
}

/** What the processes are told about each other. */
export interface System {
  servers: Servers;
  /** What gateways sign ids with, and programs check them by. */
  signingKey: string;
  /** What operators and viewers show to the control plane. */
  controlTokens: { operator: string; viewer: string };
  ports: Ports;
  /** Address that everything listens on. */
  host: string;
  address: (port: PortName) => string;
  /** Folder where a process keeps what it must remember. */
  stateDir: (process: string) => string;
}

/** The shop, in the order of its start. */
export const shopProcesses: readonly ShopProcess[] = [
  {
    name: 'provider-sandbox',
    program: 'deploy/sandboxes/providers/main.js',
    port: 'providerSandbox',
    health: '/health/ready',
    dependsOn: ['databases'],
    environment: ({ servers }) => ({ MYSQL_URL: servers.mysql.urlFor('provider-sandbox') }),
  },
  {
    name: 'monolith',
    program: 'legacy-monolith/main.js',
    port: 'monolith',
    health: '/health/ready',
    dependsOn: ['databases'],
    environment: ({ servers, signingKey, address }) => ({
      INTERNAL_SIGNING_KEY: signingKey,
      MYSQL_URL: servers.mysql.urlFor('monolith'),
      NATS_URL: servers.nats.urlFor('monolith'),
      SMTP_URL: servers.mail.smtpUrl,
      PAYMENT_PROVIDER_URL: address('providerSandbox'),
      SMS_PROVIDER_URL: address('providerSandbox'),
    }),
  },
  {
    name: 'monolith-sidecar',
    program: 'sidecar/main.js',
    port: 'monolithSidecar',
    health: '/health/live',
    dependsOn: ['monolith', 'nats'],
    environment: ({ servers, address }) => ({
      SIDECAR_SIDE: 'monolith',
      SIDECAR_MOVES: 'inventory',
      MYSQL_URL: servers.mysql.urlFor('monolith-sidecar'),
      NATS_URL: servers.nats.urlFor('monolith-sidecar'),
      PROGRAM_NAME: 'monolith',
      PROGRAM_URL: address('monolith'),
    }),
  },
  {
    name: 'inventory',
    program: 'extracted/inventory/main.js',
    port: 'inventory',
    health: '/health/ready',
    dependsOn: ['databases', 'nats'],
    environment: ({ servers }) => ({
      MYSQL_URL: servers.mysql.urlFor('inventory'),
      NATS_URL: servers.nats.urlFor('inventory'),
    }),
  },
  {
    name: 'inventory-sidecar',
    program: 'sidecar/main.js',
    port: 'inventorySidecar',
    health: '/health/live',
    dependsOn: ['inventory', 'nats'],
    environment: ({ servers, address }) => ({
      SIDECAR_SIDE: 'service',
      SIDECAR_MOVES: 'inventory',
      MYSQL_URL: servers.mysql.urlFor('inventory-sidecar'),
      NATS_URL: servers.nats.urlFor('inventory-sidecar'),
      PROGRAM_NAME: 'inventory',
      PROGRAM_URL: address('inventory'),
    }),
  },
  {
    name: 'gateway',
    program: 'strangler-proxy/gateway/main.js',
    args: ['--config', 'strangler-proxy/shop/gateway.yaml'],
    port: 'gateway',
    health: '/health/ready',
    healthPort: 'gatewayAdmin',
    dependsOn: ['monolith', 'inventory', 'nats', 'unleash'],
    environment: ({ servers, signingKey, ports, address, host, stateDir }) => ({
      INTERNAL_SIGNING_KEY: signingKey,
      GATEWAY_PORT: String(ports.gateway),
      GATEWAY_ADMIN_HOST: host,
      GATEWAY_ADMIN_PORT: String(ports.gatewayAdmin),
      MONOLITH_URL: address('monolith'),
      UNLEASH_URL: servers.unleash.url,
      UNLEASH_CLIENT_TOKEN: servers.unleash.clientToken,
      NATS_URL: servers.nats.urlFor('gateway'),
      GATEWAY_STATE_DIR: stateDir('gateway'),
    }),
  },
  {
    name: 'control-plane',
    program: 'strangler-proxy/control/main.js',
    args: ['--config', 'strangler-proxy/shop/gateway.yaml'],
    port: 'controlPlane',
    health: '/health/ready',
    dependsOn: ['databases', 'nats', 'unleash'],
    environment: ({ servers, controlTokens, address }) => ({
      MYSQL_URL: servers.mysql.urlFor('control-plane'),
      NATS_URL: servers.nats.urlFor('control-plane'),
      MONOLITH_URL: address('monolith'),
      UNLEASH_URL: servers.unleash.url,
      UNLEASH_ADMIN_TOKEN: servers.unleash.adminToken,
      UNLEASH_CLIENT_TOKEN: servers.unleash.clientToken,
      CONTROL_PUBLIC_URL: address('controlPlane'),
      CONTROL_TOKEN: controlTokens.operator,
      CONTROL_VIEWER_TOKEN: controlTokens.viewer,
    }),
  },
];

/** What a shop needs before anybody can try something; done again at each start, which changes nothing. */
export const shopSteps: readonly ShopStep[] = [
  {
    name: 'flags',
    program: 'strangler-proxy/cli/main.js',
    args: ['flags', 'ensure', '--config', 'strangler-proxy/shop/gateway.yaml'],
    dependsOn: ['unleash'],
    environment: ({ servers }) => ({
      UNLEASH_URL: servers.unleash.url,
      UNLEASH_ADMIN_TOKEN: servers.unleash.adminToken,
      // The gateway's configuration is read as a whole, and names these.
      UNLEASH_CLIENT_TOKEN: servers.unleash.clientToken,
      NATS_URL: servers.nats.urlFor('operator'),
    }),
  },
  {
    name: 'sample-catalogue',
    program: 'deploy/sample-catalogue/main.js',
    dependsOn: ['monolith'],
    environment: ({ servers }) => ({ MYSQL_URL: servers.mysql.urlFor('monolith') }),
  },
];
