import type { Value } from '#contracts/strangler/move.js';

/**
 * A value that can't be taken for another, nor run into the next one. A number and the same digits as a string are one:
 * large integers come as strings, and a column holds either the one or the other.
 */
export function valueText(value: Value): string {
  if (value === null) return 'n;';
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (typeof value === 'number') {
    const digits = Object.is(value, -0) ? '-0' : String(value);
    return `${digits.length}:${digits}`;
  }
  return `b${value.length}:${value.toString('base64')}`;
}
