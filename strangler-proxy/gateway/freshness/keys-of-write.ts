import { deriveId } from '#platform/ownership/derive-id.js';
import type { WriteDeclaration } from '../routing/endpoint.js';
import { keyInPath, type Keys, keysInBody } from '../routing/key-source.js';

/** Keys that are known before the write is sent. */
export function keysBefore(
  declarations: readonly WriteDeclaration[],
  pathValues: readonly string[],
  body: Buffer | undefined,
): Keys {
  return declarations.reduce<Keys>((keys, declaration) => {
    const { keys: source } = declaration;
    if (source.in === 'response') return keys;
    if (source.in === 'request')
      return mergeKeys(keys, derived(declaration, keysInBody(body ?? Buffer.alloc(0), source.steps)));
    const key = keyInPath(pathValues[source.parameter] ?? '');
    return mergeKeys(keys, derived(declaration, key === undefined ? 'all' : [key]));
  }, []);
}

/** Keys that only the answer tells. */
export function keysAfter(declarations: readonly WriteDeclaration[], answer: Buffer | undefined): Keys {
  return declarations.reduce<Keys>((keys, declaration) => {
    const { keys: source } = declaration;
    if (source.in !== 'response') return keys;
    return mergeKeys(keys, derived(declaration, answer ? keysInBody(answer, source.steps) : 'all'));
  }, []);
}

function derived({ capability, derive }: WriteDeclaration, keys: Keys): Keys {
  if (derive === null || keys === 'all') return keys;
  return keys.map((key) => deriveId(capability, key, ...derive));
}

/**
 * Bytes of the keys of one write, as JSON: clients choose how many there are and how long. Beyond, all keys count as written;
 * each announcement of the write, and there may be many while it is open, stays small.
 */
const mostBytes = 65_536;

/** The keys of both; all, where they are too many or too long to be told to other gateways. */
export function mergeKeys(one: Keys, other: Keys): Keys {
  if (one === 'all' || other === 'all') return 'all';
  const keys = [...new Set([...one, ...other])];
  return isSmall(keys) ? keys : 'all';
}

function isSmall(keys: string[]): boolean {
  const characters = keys.reduce((sum, key) => sum + key.length + 3, 0);
  // One character is six bytes at most, where JSON escapes it.
  if (characters * 6 <= mostBytes) return true;
  return characters <= mostBytes && Buffer.byteLength(JSON.stringify(keys)) <= mostBytes;
}
