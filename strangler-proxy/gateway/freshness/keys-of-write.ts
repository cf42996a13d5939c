import { deriveId } from '#platform/ownership/derive-id.js';
import type { WriteDeclaration } from '../routing/endpoint.js';
import { keyInPath, type Keys, keysInBody } from './key-source.js';

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

/** The keys of both. */
export function mergeKeys(one: Keys, other: Keys): Keys {
  return one === 'all' || other === 'all' ? 'all' : [...new Set([...one, ...other])];
}
