import type { Answer } from '../read/comparison.js';
import type { Field } from '../fields/field.js';
import type { JsonObject } from '../values/json-value.js';
import { compareValues } from './compare-values.js';
import type { Recorder } from './recorder.js';

/** Compares headers and cookies. @param ignored names of headers that don't count, in lower case */
export function compareHeaders(
  fields: { headers: Field; cookies: Field },
  control: Answer['headers'],
  other: Answer['headers'],
  ignored: ReadonlySet<string>,
  recorder: Recorder,
): void {
  const [own, others] = [onlyDiffering(control, other), onlyDiffering(other, control)];
  if (own.length + others.length === 0) return;
  const [compared, otherCompared] = [comparedHeaders(own, ignored), comparedHeaders(others, ignored)];
  compareValues(fields.headers, compared.headers, otherCompared.headers, recorder);
  compareValues(fields.cookies, compared.cookies, otherCompared.cookies, recorder);
}

type Header = [name: string, value: string | readonly string[]];

/** Headers that the other answer does not have to the letter: all others need no further look. */
function onlyDiffering(headers: Answer['headers'], others: Answer['headers']): Header[] {
  const differing: Header[] = [];
  for (const name in headers) {
    const value = headers[name]!;
    if (typeof value !== 'string' || !Object.hasOwn(others, name) || others[name] !== value)
      differing.push([name, value]);
  }
  return differing;
}

/** The parts of an answer's headers that are compared. */
interface ComparedHeaders {
  headers: JsonObject;
  /** By name, each with its value and attributes. */
  cookies: JsonObject;
}

/** Headers with names in lower case, without those of `ignored`; cookies taken apart. */
function comparedHeaders(headers: readonly Header[], ignored: ReadonlySet<string>): ComparedHeaders {
  const compared: ComparedHeaders = { headers: newObject(), cookies: newObject() };
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === 'set-cookie') addCookies(compared.cookies, value);
    else if (!ignored.has(lower))
      compared.headers[lower] = lower === 'content-type' ? mediaType(joined(value)) : joined(value);
  }
  return compared;
}

function newObject(): JsonObject {
  return Object.create(null) as JsonObject;
}

function joined(value: string | readonly string[]): string {
  return typeof value === 'string' ? value : value.join(', ');
}

/** A media type's case, and the white space around its parameters, say nothing (RFC 9110, 8.3.1). */
function mediaType(value: string): string {
  const [type = '', ...parameters] = value.split(';');
  const charset = (text: string) => (/^charset=/i.test(text) ? text.toLowerCase().replaceAll('"', '') : text);
  return [type.trim().toLowerCase(), ...parameters.map((one) => charset(one.trim()))].join('; ');
}

/** Several cookies in one text, as some recorders join them: behind a comma comes the name of the next. */
const nextCookie = /,(?=\s*[^\s;,=]+=)/;

function addCookies(cookies: JsonObject, value: string | readonly string[]): void {
  for (const line of cookieLines(value)) {
    const [pair = '', ...attributes] = line.split(';');
    const at = pair.indexOf('=');
    const cookie = newObject();
    cookie['value'] = at === -1 ? '' : pair.slice(at + 1).trim();
    for (const attribute of attributes) {
      const [name = '', ...rest] = attribute.split('=');
      if (name.trim() !== '')
        cookie[name.trim().toLowerCase()] = rest.length === 0 ? true : rest.join('=').trim();
    }
    cookies[(at === -1 ? pair : pair.slice(0, at)).trim()] = cookie;
  }
}

function cookieLines(value: string | readonly string[]): readonly string[] {
  if (typeof value !== 'string') return value;
  return /[\n,]/.test(value) ? value.split(/\r?\n/).flatMap((line) => line.split(nextCookie)) : [value];
}
