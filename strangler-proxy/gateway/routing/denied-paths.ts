import { posix } from 'node:path';
import type { Matching } from './endpoint-tree.js';

/**
 * Paths that are never passed on, whatever they are written like: percent-encoded, with dots, doubled slashes, another case.
 * Of those a program may read some otherwise; what is refused besides harms nobody.
 * @param patterns paths; one that ends with `/*` stands for all below it, and for itself
 * @returns whether a request target is one of them
 */
export function compileDenied(
  patterns: readonly string[],
  { caseSensitive }: Pick<Matching, 'caseSensitive'>,
): (target: string) => boolean {
  if (patterns.length === 0) return () => false;
  const fold = (path: string) => (caseSensitive ? path : path.toLowerCase());
  const folded = patterns.map(fold);
  const exact = new Set(folded.map((pattern) => pattern.replace(/\/\*$/, '')));
  const below = folded.filter((pattern) => pattern.endsWith('/*')).map((pattern) => pattern.slice(0, -1));
  const matches = (path: string) => {
    const bare = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    return exact.has(bare) || below.some((start) => path.startsWith(start));
  };
  return (target) => {
    const path = fold(target.split('?', 1)[0] ?? target);
    if (matches(path)) return true;
    if (!/%|\/\/|\/\.|;/.test(path)) return false;
    const decoded = fold(decode(path).replaceAll(/;[^/]*/g, ''));
    return matches(posix.normalize(decoded));
  };
}

/** Each escape that is one, as often as a chain of programs might decode. */
function decode(path: string): string {
  let text = path;
  for (let turn = 0; turn < 2; turn++)
    text = text.replaceAll(/%[0-9a-f]{2}/gi, (escape) => String.fromCharCode(Number(`0x${escape.slice(1)}`)));
  return text;
}
