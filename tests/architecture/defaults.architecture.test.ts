import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { shopEndpoints } from '#contracts/shop/endpoints.js';
import { documentedPorts } from '../../deploy/local/settings/ports.js';
import { readRepositoryFile, repositoryFiles } from './support/repository.js';

interface GatewayYaml {
  capabilities: Record<string, unknown>;
  endpoints: { endpoint: string; capability: string; verb: string; key?: string }[];
}

const gateway = parse(readRepositoryFile('strangler-proxy/shop/gateway.yaml')) as GatewayYaml;

describe("the gateway's endpoint table for the shop", () => {
  it('holds every endpoint of the contract, and no other', () => {
    expect(differences(gateway.endpoints)).toEqual({ missing: [], unknown: [] });
  });

  it('is told apart from one that lacks an endpoint, or has one too many', () => {
    const [first, ...others] = gateway.endpoints;
    const planted = [...others, { endpoint: 'GET /shipping', capability: 'shipping', verb: 'list' }];
    expect(differences(planted)).toEqual({
      missing: [`${first?.endpoint} as ${first?.capability}.${first?.verb}`],
      unknown: ['GET /shipping as shipping.list'],
    });
  });

  it('names only capabilities that it describes', () => {
    const known = Object.keys(gateway.capabilities);
    expect(
      gateway.endpoints.map(({ capability }) => capability).filter((name) => !known.includes(name)),
    ).toEqual([]);
  });
});

/** Compares by method, path and flag: the flag's name is made of capability and verb. */
function differences(table: GatewayYaml['endpoints']): { missing: string[]; unknown: string[] } {
  const contract = shopEndpoints.map(
    ({ method, path, capability, verb }) => `${method} ${path} as ${capability}.${verb}`,
  );
  const configured = table.map(({ endpoint, capability, verb }) => `${endpoint} as ${capability}.${verb}`);
  return {
    missing: contract.filter((one) => !configured.includes(one)),
    unknown: configured.filter((one) => !contract.includes(one)),
  };
}

/** Where a default port stands outside of the table of documented ports. */
const portDefaults: [file: string, pattern: RegExp, name: keyof typeof documentedPorts][] = [
  ['strangler-proxy/shop/gateway.yaml', /GATEWAY_PORT:-(\d+)/, 'gateway'],
  ['strangler-proxy/shop/gateway.yaml', /GATEWAY_ADMIN_PORT:-(\d+)/, 'gatewayAdmin'],
  ['strangler-proxy/shop/gateway.yaml', /MONOLITH_URL:-http:\/\/127\.0\.0\.1:(\d+)/, 'monolith'],
  ['strangler-proxy/gateway/config/gateway-config.ts', /listen: listenOn\((\d+)\)/, 'gateway'],
  ['strangler-proxy/gateway/config/gateway-config.ts', /admin: listenOn\((\d+)\)/, 'gatewayAdmin'],
  ['legacy-monolith/config.ts', /PORT: .*default\(([\d_]+)\)/, 'monolith'],
  ['extracted/inventory/config.ts', /PORT: .*default\(([\d_]+)\)/, 'inventory'],
  ['extracted/payments/config.ts', /PORT: .*default\(([\d_]+)\)/, 'payments'],
  ['extracted/notifications/config.ts', /PORT: .*default\(([\d_]+)\)/, 'notifications'],
  ['extracted/orders/config.ts', /PORT: .*default\(([\d_]+)\)/, 'orders'],
  ['extracted/payments/config.ts', /PROVIDER_URL[^;]*?127\.0\.0\.1:(\d+)/, 'providerSandbox'],
  ['extracted/notifications/config.ts', /PROVIDER_URL[^;]*?127\.0\.0\.1:(\d+)/, 'providerSandbox'],
  ['strangler-proxy/control/config.ts', /PORT: .*default\(([\d_]+)\)/, 'controlPlane'],
  ['deploy/sandboxes/providers/config.ts', /PORT: .*default\(([\d_]+)\)/, 'providerSandbox'],
  ['docker-compose.yml', /127\.0\.0\.1:(\d+):8080/, 'gateway'],
  ['docker-compose.yml', /127\.0\.0\.1:(\d+):8081/, 'controlPlane'],
  ['docker-compose.yml', /127\.0\.0\.1:(\d+):4242/, 'unleash'],
  ['docker-compose.yml', /127\.0\.0\.1:(\d+):4222/, 'nats'],
];

describe('a default port', () => {
  it.each(portDefaults)('in %s, found by %p, is that of the %s', (file, pattern, name) => {
    const [, port = 'none'] = pattern.exec(readRepositoryFile(file)) ?? [];
    expect(Number(port.replaceAll('_', ''))).toBe(documentedPorts[name]);
  });

  it('is none of those that browsers and fetch refuse (https://fetch.spec.whatwg.org/#port-blocking)', () => {
    const refused = [1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080];
    expect(Object.values(documentedPorts).filter((port) => refused.includes(port))).toEqual([]);
  });

  it('is different for everything that listens', () => {
    const ports = Object.values(documentedPorts);
    expect(new Set(ports).size).toBe(ports.length);
  });
});

describe('a flag that is named in a document or a message', () => {
  it('belongs to an endpoint', () => {
    const flags = shopEndpoints.map(({ capability, verb }) => `${capability}.${verb}`);
    const capabilities = [...new Set(shopEndpoints.map(({ capability }) => capability))].join('|');
    // What is typed in a shell or set in code marks: `inventory.get`, not "inventory.ts".
    const named = new RegExp(`(?:flip |\`)((?:${capabilities})\\.[a-z]+)\\b(?!\\.|/)`, 'g');
    const files = repositoryFiles().filter((path) => /\.md$|cli\/commands\/.*\.ts$/.test(path));
    const unknown = files.flatMap((path) =>
      [...readRepositoryFile(path).matchAll(named)]
        .map(([, flag = '']) => flag)
        .filter((flag) => !flags.includes(flag) && !/\.(ts|owner|shadow)$/.test(flag))
        .map((flag) => `${path}: ${flag}`),
    );
    expect(unknown).toEqual([]);
  });
});
