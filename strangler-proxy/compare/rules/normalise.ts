import { ExactNumber, type JsonValue, scalarText } from '../values/json-value.js';
import type { NormaliserName } from './rules-file.js';

type Normaliser = (value: JsonValue) => JsonValue;

const onStrings =
  (change: (text: string) => JsonValue): Normaliser =>
  (value) =>
    typeof value === 'string' ? change(value) : value;

/** Each makes values equal that a team holds to be equal; what it does not understand, it leaves as it is. */
export const normalisers: Readonly<Record<NormaliserName, Normaliser>> = {
  'lower-case': onStrings((text) => text.toLowerCase()),
  trim: onStrings((text) => text.trim()),
  'collapse-space': onStrings((text) => text.replaceAll(/\s+/g, ' ').trim()),
  unicode: onStrings((text) => text.normalize('NFC')),
  /** `10`, `10.0` and `"10.00"` are the same; digits are not rounded. */
  number: (value) => {
    const isNumeric = typeof value === 'number' || value instanceof ExactNumber || typeof value === 'string';
    return isNumeric ? (plainNumber(scalarText(value)) ?? value) : value;
  },
  /** The same moment in another zone or notation, to the millisecond. */
  time: onStrings((text) => {
    const time = Date.parse(text);
    return Number.isNaN(time) ? text : new Date(time).toISOString();
  }),
  'url-query-order': onStrings((text) => {
    const [address = '', query] = text.split('?', 2);
    return query === undefined ? text : `${address}?${query.split('&').sort().join('&')}`;
  }),
};

/** A number without sign of zero, exponent, and zeros that say nothing. */
function plainNumber(text: string): string | undefined {
  const [, minus = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text) ?? [];
  if (whole === '') return undefined;
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(1, point);
  const plainWhole = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const plainFraction = padded.slice(at).replace(/0+$/, '');
  const plain = plainFraction === '' ? plainWhole : `${plainWhole}.${plainFraction}`;
  return plain === '0' ? plain : minus + plain;
}
