import type { Field } from '../fields/field.js';
import { ListMemory } from '../fields/list-memory.js';
import { isObject, type JsonObject, type JsonValue } from '../values/json-value.js';

/** Lists that are looked at before the identity of a list's elements is settled. */
const looksToSettle = 40;
const maxCandidates = 24;
const maxNames = 100;
/** An identity has to find this share of the elements again: an id that is made anew in each answer finds none. */
const leastMatched = 0.5;

/** Names by which elements usually go, the best first. */
const usualNames = [/^_?id$/i, /^(uuid|guid|key|sku|code|slug)$/i, /(id|_key|_code|uuid|sku)$/i, /^name$/i];
/** The text of an HTML element is what it says, and not which it is. */
const textName = '#text';
/** Names of places in a list, which are those of no element. */
const placeNames = /^(index|position|rank|row|ordinal|offset)$/i;

/**
 * Finds out by which fields the elements of lists at this place are known, from the lists themselves: values that every
 * element has, that no two share, and that the other answer has too. A rule that says it is believed.
 * @returns undefined if there is nothing that tells all of these elements apart
 */
export function identityOf(
  field: Field,
  control: readonly JsonObject[],
  other: readonly JsonObject[],
): readonly string[] | undefined {
  const { identity } = field.rules;
  if (identity) {
    identity.use.used += 1;
    return tellsApart(control, identity.names) && tellsApart(other, identity.names)
      ? identity.names
      : undefined;
  }
  const memory = (field.list ??= new ListMemory());
  if (memory.looks < looksToSettle) learn(memory, control, other);
  const { identity: known } = memory;
  if (known && tellsApart(control, known) && tellsApart(other, known)) return known;
  if (known && memory.looks >= looksToSettle) reconsider(memory, known);
  return memory.identity && tellsApart(control, memory.identity) && tellsApart(other, memory.identity)
    ? memory.identity
    : undefined;
}

/** What an element is known by; undefined if it lacks part of it. */
export function keyOf(element: JsonObject, names: readonly string[]): string | undefined {
  if (names.length === 1) return scalarKey(element, names[0]!);
  let key = '';
  for (const name of names) {
    const part = scalarKey(element, name);
    if (part === undefined) return undefined;
    key += `${part.length}:${part}`;
  }
  return key;
}

function scalarKey(element: JsonObject, name: string): string | undefined {
  if (!Object.hasOwn(element, name)) return undefined;
  const value = element[name]!;
  if (typeof value === 'string') return `"${value}`;
  return typeof value === 'number' && Number.isInteger(value) ? String(value) : undefined;
}

function tellsApart(list: readonly JsonObject[], names: readonly string[]): boolean {
  const keys = new Set<string>();
  for (const element of list) {
    const key = keyOf(element, names);
    if (key === undefined || keys.has(key)) return false;
    keys.add(key);
  }
  return true;
}

/** A settled identity that does not tell elements apart after all gives way to the next best. */
function reconsider(memory: ListMemory, unfit: readonly string[]): void {
  for (const name of unfit) memory.unfit.add(name);
  settle(memory);
}

function learn(memory: ListMemory, control: readonly JsonObject[], other: readonly JsonObject[]): void {
  const [first] = control.length > 0 ? control : other;
  if (!first || control.length + other.length < 3) return;
  memory.looks += 1;
  for (const name of Object.keys(first).slice(0, maxNames)) {
    if (memory.unfit.has(name) || name === textName) continue;
    const known = memory.candidates.get(name);
    if (!known && (memory.candidates.size >= maxCandidates || memory.looks > 1)) continue;
    const matched = matchedShare(control, other, name);
    if (matched === undefined) memory.unfit.add(name);
    else
      memory.candidates.set(name, {
        lists: (known?.lists ?? 0) + 1,
        matched: (known?.matched ?? 0) + matched,
      });
  }
  settle(memory);
}

/** @returns undefined for a name that tells the elements of one of both lists not apart, or only tells their places */
function matchedShare(
  control: readonly JsonObject[],
  other: readonly JsonObject[],
  name: string,
): number | undefined {
  if (!tellsApart(control, [name]) || !tellsApart(other, [name])) return undefined;
  if (control.length > 1 && isPlace(control, name)) return undefined;
  const keys = new Set(control.map((element) => keyOf(element, [name])));
  const found = other.filter((element) => keys.has(keyOf(element, [name]))).length;
  return found / Math.max(1, Math.min(control.length, other.length));
}

function isPlace(list: readonly JsonObject[], name: string): boolean {
  if (!placeNames.test(name)) return false;
  const begin = Number(list[0]![name]);
  return list.every((element, index) => Number(element[name]) === begin + index);
}

function settle(memory: ListMemory): void {
  const fit = [...memory.candidates]
    .filter(([name, { lists }]) => !memory.unfit.has(name) && lists > 0)
    .map(([name, { lists, matched }]) => ({ name, share: matched / lists, rank: rankOf(name) }))
    .filter(({ share }) => share >= leastMatched)
    // What finds nearly the same is judged by its name.
    .sort((one, other) => one.rank - other.rank || other.share - one.share);
  const [best] = fit;
  memory.identity = best && [best.name];
}

function rankOf(name: string): number {
  const at = usualNames.findIndex((pattern) => pattern.test(name));
  return at === -1 ? usualNames.length : at;
}

/** Lists whose elements are all objects. */
export function objectsOf(list: readonly JsonValue[]): readonly JsonObject[] | undefined {
  return list.every(isObject) ? list : undefined;
}
