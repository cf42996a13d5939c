/** What a string looks like: its family, and within that its shape. */
export interface Format {
  /** `uuid v4`, `time`, `url https://host`, `token`, `text`, ... */
  family: string;
  /** What else is the same for every string of this kind: length and alphabet of a token, digits of a fraction. */
  shape: string;
  /** Milliseconds since 1970, of a time. */
  time?: number;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-([0-9a-f])[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const isoTime = /^\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d(?::\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const httpTime = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/;
const url = /^([a-z][a-z0-9+.-]{1,20}):\/\/([^/?#\s]*)[^\s]*$/i;
const mail = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const numeric = /^-?\d+(?:\.(\d+))?$/;
const jwt = /^[\w-]{4,}\.[\w-]{4,}\.[\w-]*$/;
const token = /^[\w+/=.:~-]{8,}$/;
const hex = /^[0-9a-f]+$/i;

/** What a string looks like. Longer strings than 2,000 characters are text. */
export function formatOf(text: string): Format {
  if (text === '') return { family: 'empty', shape: '' };
  if (text.length > 2_000) return { family: 'text', shape: '' };
  const first = text.charCodeAt(0);
  const beginsWithDigit = (first >= 48 && first <= 57) || first === 45;
  return (
    (beginsWithDigit && numericFormat(text)) ||
    (text.length === 36 && uuidFormat(text)) ||
    timeFormat(text, beginsWithDigit) ||
    addressFormat(text) ||
    tokenFormat(text)
  );
}

function numericFormat(text: string): Format | undefined {
  const [found, fraction] = numeric.exec(text) ?? [];
  if (found === undefined) return undefined;
  // The digits of a long number, or its leading zero, are those of an id rather than of an amount.
  const id = text.length >= 12 || (text.length > 1 && text.startsWith('0') && fraction === undefined);
  if (id) return { family: 'digits', shape: `${text.length} digits` };
  return { family: 'number', shape: fraction === undefined ? 'whole' : `${fraction.length} decimals` };
}

/** The number that a text stands for, as far as it is an amount and no id. */
export function amountIn(text: string): number | undefined {
  const first = text.charCodeAt(0);
  if (!((first >= 48 && first <= 57) || first === 45)) return undefined;
  return numericFormat(text)?.family === 'number' ? Number(text) : undefined;
}

function uuidFormat(text: string): Format | undefined {
  const [, version] = uuid.exec(text) ?? [];
  if (version === undefined) return undefined;
  const letters = text === text.toLowerCase() ? 'lower case' : 'upper case';
  return { family: `uuid v${version}`, shape: letters };
}

function timeFormat(text: string, beginsWithDigit: boolean): Format | undefined {
  if (beginsWithDigit && text.length >= 10) {
    const [found, separator, fraction = '', zone] = isoTime.exec(text) ?? [];
    if (found === undefined) return undefined;
    if (separator === undefined) return timed(text, 'date', '');
    const zoned = zone === undefined ? 'without zone' : zone === 'Z' ? 'UTC' : 'with offset';
    const digits = Math.max(0, fraction.length - 1);
    return timed(text, `time ${zoned}`, `${separator}, ${digits} decimals`);
  }
  return text.length === 29 && httpTime.test(text) ? timed(text, 'HTTP time', '') : undefined;
}

function timed(text: string, family: string, shape: string): Format | undefined {
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : { family, shape, time };
}

function addressFormat(text: string): Format | undefined {
  if (text.includes('://')) {
    const [found, scheme = '', host = ''] = url.exec(text) ?? [];
    if (found !== undefined) return { family: `url ${scheme.toLowerCase()}`, shape: host.toLowerCase() };
  }
  return text.includes('@') && mail.test(text) ? { family: 'mail address', shape: '' } : undefined;
}

function tokenFormat(text: string): Format {
  if (!token.test(text)) return { family: text.includes(' ') ? 'text' : 'word', shape: '' };
  if (text.length >= 20 && text.includes('.') && jwt.test(text)) return { family: 'token', shape: 'signed' };
  // Only a long one is surely no word, and surely has a letter beyond f if it may have any.
  if (text.length < 16 || !/\d/.test(text)) return { family: 'word', shape: '' };
  return { family: 'token', shape: `${text.length} characters${hex.test(text) ? ', hexadecimal' : ''}` };
}

/** A number that is a time, in seconds or milliseconds since 1970, as milliseconds: from 2001 to 2096. */
export function epochOf(value: number): number | undefined {
  if (value >= 1e12 && value < 4e12) return value;
  return value >= 1e9 && value < 4e9 ? value * 1_000 : undefined;
}
