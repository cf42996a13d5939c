/** Where the keys of a write stand: a parameter of the path, or a path of fields in the JSON of the request or its answer. */
export type KeySource =
  | { in: 'path'; parameter: number }
  | { in: 'request'; steps: readonly Step[] }
  | { in: 'response'; steps: readonly Step[] };

interface Step {
  field: string;
  /** The field holds a list, and the next step is taken in each of its entries. */
  each: boolean;
}

/** Keys, or `all` where they can't be told: the whole capability must then be taken as written. */
export type Keys = string[] | 'all';

/**
 * Reads `path.productId`, `request.items[].productId` or `response.orderId`.
 * @param parameters names of the path's parameters, in order
 */
export function parseKeySource(text: string, parameters: readonly string[]): KeySource {
  const [place = '', ...fields] = text.split('.');
  if (place === 'path') return { in: 'path', parameter: parameters.indexOf(fields[0] ?? '') };
  const steps = fields.map((field) => ({ field: field.replace('[]', ''), each: field.endsWith('[]') }));
  return place === 'request' ? { in: 'request', steps } : { in: 'response', steps };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The keys in a JSON body. A body that isn't UTF-8 and JSON, or has something else than strings or integers where keys
 * should stand, gives `all`: whoever reads it more kindly than we do may have written anything.
 */
export function keysInBody(body: Buffer, steps: readonly Step[]): Keys {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(body));
  } catch {
    return 'all';
  }
  const keys = new Set<string>();
  return collect(json, steps, 0, keys) && keys.size > 0 ? [...keys] : 'all';
}

function collect(value: unknown, steps: readonly Step[], at: number, keys: Set<string>): boolean {
  const step = steps[at];
  if (!step) return addKey(value, keys);
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step.field)) return false;
  const next = (value as Record<string, unknown>)[step.field];
  if (!step.each) return collect(next, steps, at + 1, keys);
  return Array.isArray(next) && next.every((entry) => collect(entry, steps, at + 1, keys));
}

function addKey(value: unknown, keys: Set<string>): boolean {
  if (typeof value !== 'string' && !Number.isSafeInteger(value)) return false;
  keys.add(String(value));
  return true;
}

/** A key as it stands in a path; undefined where its percent-encoding is broken. */
export function keyInPath(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
