import type { CapabilityConfig, GatewayConfig } from '../config/gateway-config.js';
import { replicatedCapabilities } from '../config/capabilities.js';
import type { EndpointConfig } from '../config/endpoint-config.js';
import { parametersOf } from '../config/path-template.js';
import { type KeySource, parseKeySource } from './key-source.js';

/** Keys that a write changes, and whose they are. */
export interface WriteDeclaration {
  capability: string;
  keys: KeySource;
  /** Words from which, behind each key that stands there, the key itself is derived; null where it is that key. */
  derive: readonly string[] | null;
}

/** One line of the endpoint table, made ready for requests. */
export interface Endpoint {
  /** Place in the table; also the index of its counters. */
  index: number;
  /** Method and path template, as configured; `*` is everything that no endpoint matches. */
  name: string;
  method: string;
  path: string;
  kind: 'read' | 'write';
  capability: string | null;
  /** `null` where nothing can flip it: no service, or a write of data that one side owns. */
  flag: string | null;
  stickiness: string;
  /** Each side has data of its own, so where a request goes depends on who owns its key. */
  owned: boolean;
  /** The request creates something, and its key is the id that is made for it. */
  createsKey: boolean;
  /** Position of the key among the path's parameters; -1 where it isn't there, as for a read of many keys. */
  keyParameter: number;
  /** Where the key stands in the request's body; null where it isn't there. */
  keyInBody: Extract<KeySource, { in: 'request' }> | null;
  parameters: readonly string[];
  /** A write may turn out to be about another key than it was sent for: who takes it need not own the key. */
  keyInAnswer: boolean;
  /** 202 leaves nothing open. */
  acceptedIsDone: boolean;
  /** Milliseconds; what is undefined is for the side that is asked to say. */
  timeouts: EndpointConfig['timeouts'];
  /** Keys that a write changes besides its own. */
  writes: readonly WriteDeclaration[];
  /** The request's body must be known before it is sent. */
  readsRequest: boolean;
  /** The answer's body must be known before it is passed on. */
  readsAnswer: boolean;
}

/** The configured endpoints, and behind them the one that stands for all other requests. */
export function compileEndpoints(config: GatewayConfig): Endpoint[] {
  const replicated = replicatedCapabilities(config);
  const compiled = config.endpoints.map((endpoint, index) => ({
    ...compile(endpoint, index, endpoint.capability ? config.capabilities[endpoint.capability] : undefined),
    owned: endpoint.capability !== undefined && replicated.has(endpoint.capability),
  }));
  return [...compiled, everythingElse(compiled.length, config.unmapped.timeouts)];
}

function compile(
  config: EndpointConfig,
  index: number,
  capability: CapabilityConfig | undefined,
): Omit<Endpoint, 'owned'> {
  const [method = '', path = ''] = config.endpoint.split(' ');
  const parameters = parametersOf(path);
  const kind = config.kind ?? (method === 'GET' ? 'read' : 'write');
  const writes = config.writes.map((write) => ({
    capability: write.capability ?? config.capability ?? '',
    keys: parseKeySource(write.keys, parameters),
    derive: write.derive ?? null,
  }));
  const keyInBody = config.key?.startsWith('request.') ? parseKeySource(config.key, parameters) : null;
  return {
    index,
    name: config.endpoint,
    method,
    path,
    kind,
    capability: config.capability ?? null,
    flag: capability?.service && mayBeFlipped(kind, capability) ? flagOf(config) : null,
    stickiness: config.stickiness ?? 'random',
    createsKey: config.key === 'new',
    keyParameter: config.key?.startsWith('path.') ? parameters.indexOf(config.key.slice('path.'.length)) : -1,
    keyInBody: keyInBody?.in === 'request' ? keyInBody : null,
    parameters,
    keyInAnswer: writes.some(
      ({ capability: name, keys }) => name === config.capability && keys.in === 'response',
    ),
    acceptedIsDone: config.acceptedIsDone,
    timeouts: config.timeouts,
    writes,
    readsRequest: keyInBody !== null || writes.some(({ keys }) => keys.in === 'request'),
    readsAnswer: writes.some(({ keys }) => keys.in === 'response'),
  };
}

/** Writes go to the owner of their data; where both sides share one database, either side may take them. */
function mayBeFlipped(kind: Endpoint['kind'], { consistency }: CapabilityConfig): boolean {
  return kind === 'read' || consistency === 'none';
}

function flagOf({ flag, capability, verb }: EndpointConfig): string | null {
  if (flag) return flag;
  return verb ? `${capability}.${verb}` : null;
}

/** Method and writes of what nobody has mapped yet are unknown: it always goes to the monolith. */
function everythingElse(index: number, timeouts: Endpoint['timeouts']): Endpoint {
  return {
    index,
    name: '*',
    method: '*',
    path: '*',
    kind: 'write',
    capability: null,
    flag: null,
    stickiness: 'random',
    owned: false,
    createsKey: false,
    keyParameter: -1,
    keyInBody: null,
    parameters: [],
    keyInAnswer: false,
    acceptedIsDone: false,
    timeouts,
    writes: [],
    readsRequest: false,
    readsAnswer: false,
  };
}
