import { ExactNumber, fingerprint, type JsonValue } from '../values/json-value.js';

/** A difference as it is shown. */
export interface Example {
  /** The line of the file, or the number of the comparison. */
  line: number;
  /** As JSON, cut off where it is long; undefined where there was nothing. */
  control: string | undefined;
  candidate: string | undefined;
}

/** Longest text of a value that is kept, in characters. */
const maxShown = 200;

/** A value as JSON, cut off where it is long. */
export function shown(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (value instanceof ExactNumber) return cut(value.text);
  if (typeof value === 'string') return cut(JSON.stringify(value.slice(0, maxShown * 2)));
  return cut(fingerprint(value, maxShown * 2));
}

function cut(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown - 1)}…` : text;
}
