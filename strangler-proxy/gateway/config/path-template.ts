/**
 * One segment of a path template: a literal; `{name}`; both, as in `@{scope}` or `{from}-{to}`; or `*` at the end, which is all
 * that follows.
 */
export type Segment =
  | { kind: 'literal'; text: string }
  | { kind: 'parameter' }
  | { kind: 'mixed'; parts: readonly Part[] }
  | { kind: 'rest' };

/** Text as it stands, or null for a parameter. */
type Part = string | null;

/** Segments of a template that `templateProblem` has nothing to say of. */
export function segmentsOf(path: string): Segment[] {
  return path.slice(1).split('/').map(segmentOf);
}

/** Names of a template's parameters, in order. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}

/** Why this is no template that requests can be told by, in words; undefined where it is one. */
export function templateProblem(path: string): string | undefined {
  if (!path.startsWith('/')) return 'needs a path, such as /inventory/{productId}';
  if (/[?#]/.test(path)) return 'has a ? or # in its path: queries are not told apart';
  const segments = path.slice(1).split('/');
  if (segments.some((segment) => segment.replaceAll(/\{\w+\}/g, '').match(/[{}]/)))
    return 'has a parameter that is not {name}, of letters, digits and _';
  if (path.includes('}{'))
    return 'has two parameters side by side: something must stand between them, as in {from}-{to}';
  if (
    segments.slice(0, -1).includes('*') ||
    segments.some((segment) => segment.length > 1 && segment.includes('*'))
  )
    return 'has a * in its middle: it can only be the whole last segment, as in /files/*, and stands for all that follows';
  if (path !== '/' && segments.includes('')) return 'has an empty segment';
  const names = parametersOf(path);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? undefined : `names {${twice}} twice`;
}

function segmentOf(segment: string): Segment {
  if (segment === '*') return { kind: 'rest' };
  if (!segment.includes('{')) return { kind: 'literal', text: segment };
  if (/^\{\w+\}$/.test(segment)) return { kind: 'parameter' };
  const parts = segment.split(/(\{\w+\})/).filter((part) => part !== '');
  return { kind: 'mixed', parts: parts.map((part) => (part.startsWith('{') ? null : part)) };
}

/** What stands for a value that can't be told: as a key it is none, since no percent-encoding is like that. */
const untold = '%';

/** Reads a segment by its parts. @returns the values of its parameters; undefined where it is none of its kind */
export type ReadSegment = (segment: string) => string[] | undefined;

/**
 * Where a separator stands in a value, too, as in `a-b-c` for `{from}-{to}`, programs differ in where they part it: such
 * values are not told, so that nobody takes a request for another one's. Takes as long as the segment is, whatever stands in it.
 */
export function compileMixed(parts: readonly Part[], caseSensitive: boolean): ReadSegment {
  const fold = (text: string) => (caseSensitive ? text : text.toLowerCase());
  const folded = parts.map((part) => (part === null ? null : fold(part)));
  const [prefix, suffix] = [folded[0] ?? '', folded.at(-1) ?? ''];
  const separators = folded.slice(1, -1).filter((part) => part !== null);
  return (segment) => {
    const text = fold(segment);
    const inner = { start: prefix.length, end: text.length - suffix.length };
    if (!text.startsWith(prefix) || !text.endsWith(suffix)) return undefined;
    const first = partEarly(text, separators, inner);
    if (!first) return undefined;
    const last = partLate(text, separators, inner);
    return first.map((part, at) => {
      const isTold = part.start === last[at]?.start && part.end === last[at].end;
      return isTold ? segment.slice(part.start, part.end) : untold;
    });
  };
}

interface Piece {
  start: number;
  end: number;
}

/** Parts a text at the first place where each separator can stand; no piece is empty. */
function partEarly(text: string, separators: readonly string[], { start, end }: Piece): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (const separator of separators) {
    const at = text.indexOf(separator, start + 1);
    if (at === -1) return undefined;
    pieces.push({ start, end: at });
    start = at + separator.length;
  }
  return start < end ? [...pieces, { start, end }] : undefined;
}

/** The same at the last place, of a text that can be parted. */
function partLate(text: string, separators: readonly string[], { start, end }: Piece): Piece[] {
  const pieces: Piece[] = [];
  for (const separator of separators.toReversed()) {
    const at = text.lastIndexOf(separator, end - 1 - separator.length);
    pieces.unshift({ start: at + separator.length, end });
    end = at;
  }
  return [{ start, end }, ...pieces];
}
