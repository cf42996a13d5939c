import type { ServiceName } from '../system/service-names.js';
import type { ShopProcess, System } from './shop-program.js';

/** A capability that is carved out of the monolith, with a database and a sidecar of its own. */
interface ExtractedService {
  capability: ServiceName;
  /** What its program needs besides its database and the broker. */
  environment: (system: System) => Record<string, string>;
}

export const services: readonly ExtractedService[] = [
  { capability: 'inventory', environment: () => ({}) },
  {
    capability: 'payments',
    environment: ({ signingKey, address }) => ({
      INTERNAL_SIGNING_KEY: signingKey,
      PAYMENT_PROVIDER_URL: address('providerSandbox'),
    }),
  },
  {
    capability: 'notifications',
    environment: ({ signingKey, servers, address }) => ({
      INTERNAL_SIGNING_KEY: signingKey,
      SMTP_URL: servers.mail.smtpUrl,
      SMS_PROVIDER_URL: address('providerSandbox'),
    }),
  },
  {
    capability: 'orders',
    environment: ({ signingKey, dataKeys }) => ({
      INTERNAL_SIGNING_KEY: signingKey,
      DATA_KEYS: dataKeys,
    }),
  },
];

/** Each service, and its sidecar behind it. */
export const serviceProcesses: readonly ShopProcess[] = services.flatMap((one) => [
  serviceOf(one),
  sidecarOf(one),
]);

/** The same processes without the services, and their sidecars, that are not to run: the monolith does their work. */
export function onlyWith(
  chosen: readonly ServiceName[],
  processes: readonly ShopProcess[],
): readonly ShopProcess[] {
  const missing = new Set<string>(
    services
      .filter(({ capability }) => !chosen.includes(capability))
      .flatMap((one) => [serviceOf(one).name, sidecarOf(one).name]),
  );
  return processes
    .filter(({ name }) => !missing.has(name))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((name) => !missing.has(name)) }));
}

function serviceOf({ capability, environment }: ExtractedService): ShopProcess {
  return {
    name: capability,
    program: `extracted/${capability}/main.js`,
    port: capability,
    health: '/health/ready',
    dependsOn: ['databases', 'nats'],
    environment: (system) => ({
      ...environment(system),
      MYSQL_URL: system.servers.mysql.urlFor(capability),
      NATS_URL: system.servers.nats.urlFor(capability),
    }),
  };
}

function sidecarOf({ capability }: ExtractedService): ShopProcess {
  const name = `${capability}-sidecar` as const;
  return {
    name,
    program: 'sidecar/main.js',
    port: `${capability}Sidecar`,
    health: '/health/live',
    dependsOn: [capability, 'nats'],
    environment: ({ servers, address }) => ({
      SIDECAR_SIDE: 'service',
      SIDECAR_MOVES: capability,
      MYSQL_URL: servers.mysql.urlFor(name),
      NATS_URL: servers.nats.urlFor(name),
      PROGRAM_NAME: capability,
      PROGRAM_URL: address(capability),
    }),
  };
}
