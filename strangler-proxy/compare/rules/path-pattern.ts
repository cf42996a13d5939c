/**
 * Compiles a pattern over names that stand between dots: `*` stands for one name, or a part of it, `**` for any number of
 * them. List elements are written `[]`, as in `body.items[].price`; an object's names that are ids are `{*}`.
 */
export function compilePattern(pattern: string): (path: string) => boolean {
  if (!pattern.includes('*')) return (path) => path === pattern;
  const source = pattern
    .split(/(\*\*\.|\*\*|\{\*\}|\*)/)
    .map((part) => {
      if (part === '**.') return '(?:.*\\.)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^.\\[\\]]*';
      return part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    })
    .join('');
  const expression = new RegExp(`^${source}$`, 's');
  return (path) => expression.test(path);
}

/** A pattern for endpoints, in which `*` stands for anything. */
export function compileEndpointPattern(pattern: string): (endpoint: string) => boolean {
  return compilePattern(pattern.replaceAll(/\*+/g, '**'));
}
