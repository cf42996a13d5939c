import type { Field } from '../fields/field.js';
import { kinds } from '../fields/kinds.js';
import { fingerprint, isSame, type JsonObject, type JsonValue, typeOf } from '../values/json-value.js';
import { compareScalars } from './compare-scalars.js';
import { identityOf, keyOf, objectsOf } from './list-identity.js';
import type { Recorder } from './recorder.js';

type CompareElements = (field: Field, control: JsonValue, other: JsonValue) => void;

/**
 * Compares two lists: elements are found again by their identity if they have one, else by their content. That elements
 * stand in another order, are missing, or that another one is the first, are differences of the list; what differs
 * within an element that both have is one of the element.
 */
export function compareLists(
  field: Field,
  control: readonly JsonValue[],
  other: readonly JsonValue[],
  recorder: Recorder,
  compareElements: CompareElements,
): void {
  if (isSame(control as JsonValue[], other as JsonValue[])) return;
  const keys = keysOf(field, control, other);
  const matched = matchByKey(keys.control, keys.other);
  if (!keys.byContent) {
    for (const [at, otherAt] of matched.pairs)
      compareElements(field.elements(), control[at]!, other[otherAt]!);
    tellList(field, control, other, matched, recorder);
    return;
  }
  // Without an identity, one element that differs is neither missing nor new: it stands where it stood.
  const { lost, gained } = matched;
  if (lost.length === gained.length && control.length === other.length && isNested(control, lost)) {
    const inPlace = lost.map((at, index): [number, number] => [at, gained[index]!]);
    for (const [at, otherAt] of inPlace) compareElements(field.elements(), control[at]!, other[otherAt]!);
    const pairs = [...matched.pairs, ...inPlace].sort(([at], [another]) => at - another);
    tellOrder(field, control, other, { pairs, lost: [], gained: [] }, recorder);
    return;
  }
  tellList(field, control, other, matched, recorder);
  compareUnmatched(field, control, other, matched, recorder);
}

interface Keys {
  control: readonly string[];
  other: readonly string[];
  /** An element goes by all that is in it. */
  byContent: boolean;
}

function keysOf(field: Field, control: readonly JsonValue[], other: readonly JsonValue[]): Keys {
  const [objects, otherObjects] = [objectsOf(control), objectsOf(other)];
  const names = objects && otherObjects && identityOf(field, objects, otherObjects);
  if (!names) return { control: contents(control), other: contents(other), byContent: true };
  const byName = (list: readonly JsonObject[]) => list.map((element) => keyOf(element, names) ?? '');
  return { control: byName(objects), other: byName(otherObjects), byContent: false };
}

function contents(list: readonly JsonValue[]): string[] {
  return list.map((element) => fingerprint(element));
}

interface Matched {
  /** Places of the same element in both lists, in the order of the first. */
  pairs: [at: number, otherAt: number][];
  lost: number[];
  gained: number[];
}

function matchByKey(keys: readonly string[], otherKeys: readonly string[]): Matched {
  const places = new Map<string, number[]>();
  otherKeys.forEach((key, at) => {
    const known = places.get(key);
    if (known) known.push(at);
    else places.set(key, [at]);
  });
  // Of several alike, the first is taken for the first.
  for (const list of places.values()) list.reverse();
  const [pairs, lost]: [Matched['pairs'], number[]] = [[], []];
  keys.forEach((key, at) => {
    const otherAt = places.get(key)?.pop();
    if (otherAt === undefined) lost.push(at);
    else pairs.push([at, otherAt]);
  });
  return { pairs, lost, gained: [...places.values()].flat().sort((one, another) => one - another) };
}

function isNested(list: readonly JsonValue[], places: readonly number[]): boolean {
  return places.every((at) => typeof list[at] === 'object' && list[at] !== null);
}

function tellList(
  field: Field,
  control: readonly JsonValue[],
  other: readonly JsonValue[],
  { pairs, lost, gained }: Matched,
  recorder: Recorder,
): void {
  if (
    lost.length + gained.length > 0 &&
    recorder.differs(field, control as JsonValue[], other as JsonValue[])
  ) {
    recorder.kind(field, kinds.members, pick(control, lost), pick(other, gained));
    if (control.length !== other.length) {
      const kind = other.length > control.length ? kinds.longer : kinds.shorter;
      recorder.kind(field, kind, control.length, other.length);
    }
  }
  tellOrder(field, control, other, { pairs, lost, gained }, recorder);
}

function tellOrder(
  field: Field,
  control: readonly JsonValue[],
  other: readonly JsonValue[],
  { pairs, lost, gained }: Matched,
  recorder: Recorder,
): void {
  const firstIsAnother = firstDiffers(pairs, control, other, lost, gained);
  const ordered = pairs.every(([, otherAt], index) => index === 0 || otherAt > pairs[index - 1]![1]);
  if (ordered && !firstIsAnother) return;
  const { anyOrder } = field.rules;
  if (anyOrder) {
    anyOrder.used += 1;
    return;
  }
  if (!ordered) {
    if (!recorder.differs(field, control as JsonValue[], other as JsonValue[])) return;
    recorder.kind(field, kinds.order, control as JsonValue[], other as JsonValue[]);
  }
  if (firstIsAnother && recorder.differs(field, control as JsonValue[], other as JsonValue[]))
    recorder.kind(field, kinds.firstElement, control[0], other[0]);
}

/** Is the first element one that the other list has elsewhere, or not at all? */
function firstDiffers(
  pairs: Matched['pairs'],
  control: readonly JsonValue[],
  other: readonly JsonValue[],
  lost: readonly number[],
  gained: readonly number[],
): boolean {
  if (control.length === 0 || other.length === 0) return false;
  const [first] = pairs;
  if (first?.[0] === 0) return first[1] !== 0;
  return lost[0] === 0 || gained[0] === 0;
}

/** Elements without a partner differ as a whole; of scalars, type and format are held against each other all the same. */
function compareUnmatched(
  field: Field,
  control: readonly JsonValue[],
  other: readonly JsonValue[],
  { lost, gained }: Matched,
  recorder: Recorder,
): void {
  lost.slice(0, gained.length).forEach((at, index) => {
    const [one, another] = [control[at]!, other[gained[index]!]!];
    if (isScalar(one) && isScalar(another)) compareScalars(field.elements(), one, another, recorder);
  });
}

function isScalar(value: JsonValue): boolean {
  const type = typeOf(value);
  return type !== 'list' && type !== 'object';
}

function pick(list: readonly JsonValue[], places: readonly number[]): JsonValue[] {
  return places.slice(0, 20).map((at) => list[at]!);
}
