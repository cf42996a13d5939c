import { replicatedCapabilities } from './capabilities.js';
import { parametersOf } from './path-template.js';
import { didYouMean } from './did-you-mean.js';
import type { EndpointConfig } from './endpoint-config.js';
import type { GatewayConfig } from './gateway-config.js';

interface Problem {
  path: readonly PropertyKey[];
  message: string;
}

/** What a schema can't see: names that must exist elsewhere in the file, and settings that need each other. */
export function checkReferences(config: GatewayConfig): Problem[] {
  return [
    ...checkUpstreams(config),
    ...checkFlags(config),
    ...config.endpoints.flatMap((endpoint, at) => checkEndpoint(endpoint, ['endpoints', at], config)),
    ...checkDuplicates(config),
  ];
}

function checkUpstreams(config: GatewayConfig): Problem[] {
  const problems: Problem[] = [];
  const needsAddress = (path: PropertyKey[], upstream: GatewayConfig['monolith']) => {
    if (upstream.urls.length === 0 && !upstream.discover)
      problems.push({ path, message: 'needs urls or discover' });
    if (upstream.discover && !config.nats)
      problems.push({ path, message: 'discover needs nats: say where NATS is' });
    if (upstream.hosts.length > 0 && !upstream.discover)
      problems.push({ path, message: 'hosts needs discover: it says where registered instances may be' });
  };
  needsAddress(['monolith'], config.monolith);
  const own = `${config.listen.host}:${config.listen.port}`;
  if (config.monolith.urls.some((url) => url.endsWith(`//${own}`))) {
    problems.push({
      path: ['monolith'],
      message: `is the gateway's own address ${own}: it would call itself for ever`,
    });
  }
  for (const [name, capability] of Object.entries(config.capabilities)) {
    if (!capability.service) continue;
    needsAddress(['capabilities', name, 'service'], capability.service);
    if (capability.consistency !== 'none' && !config.nats) {
      problems.push({
        path: ['capabilities', name],
        message:
          "has a service but nats isn't set, so nobody could tell how fresh its data is: set nats, or consistency: none where both sides share one database",
      });
    }
  }
  return problems;
}

function checkFlags({ flags }: GatewayConfig): Problem[] {
  if (!flags.unleash || flags.token) return [];
  return [{ path: ['flags'], message: 'needs token: a client token of Unleash for the environment' }];
}

function checkEndpoint(endpoint: EndpointConfig, path: PropertyKey[], config: GatewayConfig): Problem[] {
  const problems: Problem[] = [];
  const known = Object.keys(config.capabilities);
  const parameters = parametersOf(endpoint.endpoint);
  const isShared = config.capabilities[endpoint.capability ?? '']?.consistency === 'none';
  const mustBeParameter = (keys: string | undefined, at: PropertyKey[]) => {
    const name = keys?.startsWith('path.') ? keys.slice('path.'.length) : undefined;
    if (name !== undefined && !parameters.includes(name)) {
      problems.push({
        path: at,
        message: `names {${name}}, which the path doesn't have${suggest(name, parameters)}`,
      });
    }
  };
  const read = endpoint.kind ? endpoint.kind === 'read' : endpoint.endpoint.startsWith('GET ');
  mustBeParameter(endpoint.key, [...path, 'key']);
  problems.push(...checkKey(endpoint, [...path, 'key'], read, config));
  if (endpoint.flag && !read && !isShared)
    problems.push({
      path: [...path, 'flag'],
      message:
        'is for reads, and for writes where both sides share one database (consistency: none): any other write goes to the owner of its data',
    });
  if (endpoint.verb && !endpoint.capability)
    problems.push({
      path: [...path, 'verb'],
      message: 'needs a capability: the flag is <capability>.<verb>',
    });
  if (endpoint.writes.length > 0 && read)
    problems.push({ path: [...path, 'writes'], message: 'is for writes: this endpoint is a read' });
  endpoint.writes.forEach((write, at) => {
    const name = write.capability ?? endpoint.capability;
    mustBeParameter(write.keys, [...path, 'writes', at, 'keys']);
    if (name === undefined || !known.includes(name)) {
      problems.push({
        path: [...path, 'writes', at],
        message: `needs a capability that stands under capabilities${suggest(name ?? '', known)}`,
      });
    }
  });
  return problems;
}

/** A write of data that either side may own must say whose key it writes; only then can it be sent to the owner. */
function checkKey(
  { key, capability, endpoint }: EndpointConfig,
  path: PropertyKey[],
  read: boolean,
  config: GatewayConfig,
): Problem[] {
  const owned = capability !== undefined && replicatedCapabilities(config).has(capability);
  if (read && key !== undefined && !key.startsWith('path.'))
    return [{ path, message: 'must be path.<name>: this endpoint is a read' }];
  if (!read && owned && key === undefined) {
    return [
      {
        path,
        message: `is needed: ${endpoint} writes ${capability}, of which either side may own a part, and must go to the owner. Say path.<name>, request.<field>, or new`,
      },
    ];
  }
  if (key !== 'new' || capability !== undefined) return [];
  return [{ path, message: 'needs a capability: ids of different ones are kept apart' }];
}

/** By what requests are told apart: else the later of two endpoints would silently take the requests of the first. */
function checkDuplicates({ endpoints, matching }: GatewayConfig): Problem[] {
  const seen = new Map<string, number>();
  return endpoints.flatMap(({ endpoint }, at) => {
    const named = endpoint.replaceAll(/\{\w+\}/g, '{}');
    const shape = matching.caseSensitive ? named : named.toLowerCase();
    const first = seen.get(shape);
    seen.set(shape, first ?? at);
    return first === undefined
      ? []
      : [{ path: ['endpoints', at], message: `matches the same requests as endpoints[${first}]` }];
  });
}

function suggest(word: string, known: readonly string[]): string {
  const near = didYouMean(word, known);
  if (near) return `; did you mean "${near}"?`;
  return known.length > 0 ? `; there are ${known.join(', ')}` : '';
}
