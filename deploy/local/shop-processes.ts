import { serviceProcesses, services } from './service-processes.js';
import type { ShopProcess, ShopStep, System } from './shop-program.js';

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
      SIDECAR_MOVES: services.map(({ capability }) => capability).join(','),
      MYSQL_URL: servers.mysql.urlFor('monolith-sidecar'),
      NATS_URL: servers.nats.urlFor('monolith-sidecar'),
      PROGRAM_NAME: 'monolith',
      PROGRAM_URL: address('monolith'),
    }),
  },
  ...serviceProcesses,
  {
    name: 'control-plane',
    program: 'strangler-proxy/control/main.js',
    args: ['--config', 'strangler-proxy/shop/gateway.yaml'],
    port: 'controlPlane',
    health: '/health/ready',
    dependsOn: ['databases', 'nats', 'unleash'],
    environment: ({ servers, controlToken, address }) => ({
      MYSQL_URL: servers.mysql.urlFor('control-plane'),
      NATS_URL: servers.nats.urlFor('control-plane'),
      MONOLITH_URL: address('monolith'),
      ...serviceHosts(address),
      UNLEASH_URL: servers.unleash.url,
      UNLEASH_ADMIN_TOKEN: servers.unleash.adminToken,
      UNLEASH_CLIENT_TOKEN: servers.unleash.clientToken,
      CONTROL_PUBLIC_URL: address('controlPlane'),
      CONTROL_TOKEN: controlToken,
    }),
  },
  {
    name: 'gateway',
    program: 'strangler-proxy/gateway/main.js',
    args: ['--config', 'strangler-proxy/shop/gateway.yaml'],
    port: 'gateway',
    health: '/health/ready',
    healthPort: 'gatewayAdmin',
    // It says good-bye to the control plane, so it ends before that does.
    dependsOn: [
      'monolith',
      ...services.map(({ capability }) => capability),
      'control-plane',
      'nats',
      'unleash',
    ],
    environment: ({ servers, signingKey, gatewayTimes, ports, address, host, stateDir }) => ({
      INTERNAL_SIGNING_KEY: signingKey,
      GATEWAY_PORT: String(ports.gateway),
      GATEWAY_ADMIN_HOST: host,
      GATEWAY_ADMIN_PORT: String(ports.gatewayAdmin),
      GATEWAY_PUBLIC_URL: address('gateway'),
      GATEWAY_ADMIN_PUBLIC_URL: address('gatewayAdmin'),
      MONOLITH_URL: address('monolith'),
      ...serviceHosts(address),
      UNLEASH_URL: servers.unleash.url,
      UNLEASH_CLIENT_TOKEN: servers.unleash.clientToken,
      NATS_URL: servers.nats.urlFor('gateway'),
      GATEWAY_STATE_DIR: stateDir('gateway'),
      GATEWAY_ANSWER_TIME: gatewayTimes.answer,
      GATEWAY_PARKING_TIME: gatewayTimes.parking,
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

/** Where the instances of each service may be: registered addresses at other hosts are not used. */
function serviceHosts(address: System['address']): Record<string, string> {
  return Object.fromEntries(
    services.map(({ capability }) => [
      `${capability.toUpperCase()}_HOSTS`,
      new URL(address(capability)).hostname,
    ]),
  );
}
