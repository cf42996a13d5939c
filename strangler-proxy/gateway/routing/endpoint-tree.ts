import type { Endpoint } from './endpoint.js';

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
  parameter: Node | undefined;
  endpoints: Map<string, Endpoint>;
}

/**
 * Builds the matcher of an endpoint table: a tree of path segments, so that a request costs one look-up per segment
 * whatever the size of the table. A literal segment wins over a parameter; HEAD counts as GET.
 * @returns a function of method and raw request target (query and all); undefined for what no endpoint matches
 */
export function compileTree(endpoints: readonly Endpoint[], matching: Matching) {
  const root = emptyNode();
  for (const endpoint of endpoints) if (endpoint.name !== '*') insert(root, endpoint, matching);
  return (method: string, target: string): Match | undefined => {
    const values: string[] = [];
    const end = pathEnd(target, matching.strictSlash);
    const endpoint = find(root, method === 'HEAD' ? 'GET' : method, target, 1, end, values, matching);
    return endpoint && { endpoint, values };
  };
}

function emptyNode(): Node {
  return { literals: new Map(), parameter: undefined, endpoints: new Map() };
}

function insert(root: Node, endpoint: Endpoint, { caseSensitive }: Matching): void {
  let node = root;
  for (const segment of endpoint.path.slice(1).split('/')) {
    if (segment.startsWith('{')) node = node.parameter ??= emptyNode();
    else node = child(node, caseSensitive ? segment : segment.toLowerCase());
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
  const literal = lookUp(node, segment, matching);
  if (literal) {
    const found = last
      ? literal.endpoints.get(method)
      : find(literal, method, target, slash + 1, end, values, matching);
    if (found) return found;
  }
  if (!node.parameter || segment === '') return undefined;
  values.push(segment);
  const found = last
    ? node.parameter.endpoints.get(method)
    : find(node.parameter, method, target, slash + 1, end, values, matching);
  if (!found) values.pop();
  return found;
}

function lookUp(node: Node, segment: string, { caseSensitive }: Matching): Node | undefined {
  return node.literals.get(segment) ?? (caseSensitive ? undefined : node.literals.get(segment.toLowerCase()));
}
