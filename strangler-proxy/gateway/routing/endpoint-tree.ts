import type { Endpoint } from './endpoint.js';
import { compileMixed, type ReadSegment, segmentsOf } from '../config/path-template.js';

/** How the upstreams read paths; the gateway must not know fewer spellings of an endpoint than they do. */
export interface Matching {
  caseSensitive: boolean;
  strictSlash: boolean;
}

/** An endpoint and the values of its path's parameters, in order, as they stand in the path. */
export interface Match {
  endpoint: Endpoint;
  values: readonly string[];
}

interface Node {
  literals: Map<string, Node>;
  /** Segments of literals and parameters, those with most literals first. */
  mixed: { shape: string; literals: number; read: ReadSegment; node: Node }[];
  parameter: Node | undefined;
  endpoints: Map<string, Endpoint>;
  /** Those for all that follows, and for nothing that follows. */
  rest: Map<string, Endpoint>;
}

/**
 * Builds the matcher of an endpoint table: a tree of path segments, so that a request costs one look-up per segment
 * whatever the size of the table. A literal segment wins over one with a parameter, that one over a parameter alone, and
 * anything over `*`; HEAD counts as GET.
 * @returns a function of method and raw request target (query and all); undefined for what no endpoint matches
 */
export function compileTree(endpoints: readonly Endpoint[], matching: Matching) {
  const root = emptyNode();
  for (const endpoint of endpoints) if (endpoint.name !== '*') insert(root, endpoint, matching);
  return (method: string, target: string): Match | undefined => {
    if (!target.startsWith('/')) return undefined;
    const values: string[] = [];
    const end = pathEnd(target, matching.strictSlash);
    const endpoint = find(root, method === 'HEAD' ? 'GET' : method, target, 1, end, values, matching);
    return endpoint && { endpoint, values };
  };
}

function emptyNode(): Node {
  return { literals: new Map(), mixed: [], parameter: undefined, endpoints: new Map(), rest: new Map() };
}

function insert(root: Node, endpoint: Endpoint, { caseSensitive }: Matching): void {
  let node = root;
  for (const segment of segmentsOf(endpoint.path)) {
    if (segment.kind === 'rest') return void node.rest.set(endpoint.method, endpoint);
    if (segment.kind === 'parameter') node = node.parameter ??= emptyNode();
    else if (segment.kind === 'mixed') node = mixedChild(node, segment.parts, caseSensitive);
    else node = child(node, caseSensitive ? segment.text : segment.text.toLowerCase());
  }
  node.endpoints.set(endpoint.method, endpoint);
}

function child(node: Node, literal: string): Node {
  const existing = node.literals.get(literal);
  if (existing) return existing;
  const created = emptyNode();
  node.literals.set(literal, created);
  return created;
}

function mixedChild(node: Node, parts: readonly (string | null)[], caseSensitive: boolean): Node {
  const shape = JSON.stringify(caseSensitive ? parts : parts.map((part) => part?.toLowerCase() ?? null));
  const existing = node.mixed.find((one) => one.shape === shape);
  if (existing) return existing.node;
  const literals = parts.reduce((length, part) => length + (part?.length ?? 0), 0);
  const created = { shape, literals, read: compileMixed(parts, caseSensitive), node: emptyNode() };
  node.mixed = [...node.mixed, created].sort((one, other) => other.literals - one.literals);
  return created.node;
}

function pathEnd(target: string, strictSlash: boolean): number {
  const query = target.indexOf('?');
  const end = query === -1 ? target.length : query;
  return !strictSlash && end > 1 && target.charCodeAt(end - 1) === 47 ? end - 1 : end;
}

function find(
  node: Node,
  method: string,
  target: string,
  from: number,
  end: number,
  values: string[],
  matching: Matching,
): Endpoint | undefined {
  const slash = target.indexOf('/', from);
  const last = slash === -1 || slash >= end;
  const segment = target.slice(from, last ? end : slash);
  const goOn = (next: Node): Endpoint | undefined =>
    last
      ? (next.endpoints.get(method) ?? next.rest.get(method))
      : find(next, method, target, slash + 1, end, values, matching);
  const literal = lookUp(node, segment, matching);
  return (
    (literal && goOn(literal)) ??
    (segment === '' ? undefined : findByParameter(node, segment, values, goOn)) ??
    restOf(node, method, target.slice(from, end))
  );
}

function findByParameter(
  { mixed, parameter }: Node,
  segment: string,
  values: string[],
  goOn: (next: Node) => Endpoint | undefined,
): Endpoint | undefined {
  const before = values.length;
  for (const { read, node } of mixed) {
    const own = read(segment);
    if (!own) continue;
    values.push(...own);
    const found = goOn(node);
    if (found) return found;
    values.length = before;
  }
  if (!parameter) return undefined;
  values.push(segment);
  const found = goOn(parameter);
  if (!found) values.length = before;
  return found;
}

/** A program may read dot segments as another path, which is not for this endpoint. */
function restOf({ rest }: Node, method: string, remainder: string): Endpoint | undefined {
  const found = rest.get(method);
  return found && !/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(remainder) ? found : undefined;
}

function lookUp(node: Node, segment: string, { caseSensitive }: Matching): Node | undefined {
  return node.literals.get(segment) ?? (caseSensitive ? undefined : node.literals.get(segment.toLowerCase()));
}
