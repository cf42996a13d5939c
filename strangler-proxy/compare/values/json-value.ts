/** A number whose text is not what JavaScript would write for it (`10.00`, `1e2`, 20 digits): kept as it was written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type JsonObject = { [name: string]: JsonValue };
export type JsonValue = null | boolean | number | string | ExactNumber | JsonValue[] | JsonObject;

export type JsonType = 'null' | 'boolean' | 'number' | 'string' | 'list' | 'object';

export function typeOf(value: JsonValue): JsonType {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value as 'boolean' | 'number' | 'string';
  if (value instanceof ExactNumber) return 'number';
  return Array.isArray(value) ? 'list' : 'object';
}

export function isObject(value: JsonValue): value is JsonObject {
  return typeOf(value) === 'object';
}

/** Deepest nesting that is compared field by field; what lies deeper is compared as one value. */
export const maxDepth = 100;

/** Are both the same in type, text and order of lists? Bounded in stack at any depth. */
export function isSame(one: JsonValue, other: JsonValue): boolean {
  const open: [JsonValue, JsonValue][] = [[one, other]];
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [first, second] = pair;
    if (first === second) continue;
    const type = typeOf(first);
    if (type !== typeOf(second)) return false;
    const inside =
      type === 'list'
        ? elementPairs(first as JsonValue[], second as JsonValue[])
        : type === 'object'
          ? memberPairs(first as JsonObject, second as JsonObject)
          : isSameNumber(first, second) && [];
    if (!inside) return false;
    for (const inner of inside) open.push(inner);
  }
  return true;
}

function elementPairs(list: readonly JsonValue[], other: readonly JsonValue[]) {
  return (
    list.length === other.length && list.map((element, at): [JsonValue, JsonValue] => [element, other[at]!])
  );
}

function memberPairs(object: JsonObject, other: JsonObject) {
  const names = Object.keys(object);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name)) &&
    names.map((name): [JsonValue, JsonValue] => [object[name]!, other[name]!])
  );
}

function isSameNumber(one: JsonValue, other: JsonValue): boolean {
  return one instanceof ExactNumber && other instanceof ExactNumber && one.text === other.text;
}

/** A scalar as JSON would have it, without quotes around a string; empty for a list or an object. */
export function scalarText(value: JsonValue): string {
  if (value instanceof ExactNumber) return value.text;
  return typeof value === 'object' && value !== null ? '' : String(value);
}

/**
 * A text that is the same for the same value, whatever the order of an object's names; bounded in stack at any depth.
 * @param limit ends soon after so many characters
 */
export function fingerprint(value: JsonValue, limit = Number.POSITIVE_INFINITY): string {
  let text = '';
  const open: (JsonValue | Literal)[] = [value];
  while (open.length > 0 && text.length < limit) {
    const item = open.pop()!;
    if (item instanceof Literal) text += item.text;
    else if (item instanceof ExactNumber) text += item.text;
    else if (typeof item !== 'object' || item === null) text += JSON.stringify(item);
    else if (Array.isArray(item)) openList(item, open);
    else openObject(item, open);
  }
  return text;
}

/** Punctuation that waits for its place. */
class Literal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function openList(list: readonly JsonValue[], open: (JsonValue | Literal)[]): void {
  open.push(new Literal(']'));
  for (let index = list.length - 1; index >= 0; index -= 1)
    open.push(list[index]!, new Literal(index === 0 ? '[' : ','));
  if (list.length === 0) open.push(new Literal('['));
}

function openObject(object: JsonObject, open: (JsonValue | Literal)[]): void {
  const names = Object.keys(object).sort();
  open.push(new Literal('}'));
  for (let index = names.length - 1; index >= 0; index -= 1) {
    const name = names[index]!;
    open.push(object[name]!, new Literal(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  }
  if (names.length === 0) open.push(new Literal('{'));
}
