import type { WriteDeclaration } from '../routing/endpoint.js';
import { keyInPath, type Keys, keysInBody } from './key-source.js';

/** Keys that are known before the write is sent. */
export function keysBefore(
  declarations: readonly WriteDeclaration[],
  pathValues: readonly string[],
  body: Buffer | undefined,
): Keys {
  return declarations.reduce<Keys>((keys, { keys: source }) => {
    if (source.in !== 'path') {
      return source.in === 'request'
        ? mergeKeys(keys, keysInBody(body ?? Buffer.alloc(0), source.steps))
        : keys;
    }
    const key = keyInPath(pathValues[source.parameter] ?? '');
    return mergeKeys(keys, key === undefined ? 'all' : [key]);
  }, []);
}

/** Keys that only the answer tells. */
export function keysAfter(declarations: readonly WriteDeclaration[], answer: Buffer | undefined): Keys {
  return declarations.reduce<Keys>((keys, { keys: source }) => {
    if (source.in !== 'response') return keys;
    return mergeKeys(keys, answer ? keysInBody(answer, source.steps) : 'all');
  }, []);
}

/** The keys of both. */
export function mergeKeys(one: Keys, other: Keys): Keys {
  return one === 'all' || other === 'all' ? 'all' : [...new Set([...one, ...other])];
}
