import type { Field } from '../fields/field.js';
import { kinds } from '../fields/kinds.js';
import { isSame, type JsonObject, type JsonValue, maxDepth, typeOf } from '../values/json-value.js';
import { compareLists } from './compare-lists.js';
import { compareScalars, observeSame } from './compare-scalars.js';
import type { Recorder } from './recorder.js';

/** Compares two values, and takes down each field that differs. Types are strict: 1 is not "1", and 1.0 is not 1. */
export function compareValues(
  field: Field,
  control: JsonValue,
  other: JsonValue,
  recorder: Recorder,
  depth = 0,
): void {
  if (control === other) return observeSame(field, control, recorder);
  const type = typeOf(control);
  if ((type !== 'object' && type !== 'list') || type !== typeOf(other))
    return compareScalars(field, control, other, recorder);
  if (depth >= maxDepth) {
    if (!isSame(control, other)) recorder.differs(field, control, other);
    return;
  }
  if (type === 'object')
    return compareObjects(field, control as JsonObject, other as JsonObject, recorder, depth);
  compareLists(field, control as JsonValue[], other as JsonValue[], recorder, (elements, one, another) =>
    compareValues(elements, one, another, recorder, depth + 1),
  );
}

function compareObjects(
  field: Field,
  control: JsonObject,
  other: JsonObject,
  recorder: Recorder,
  depth: number,
): void {
  for (const name of Object.keys(control)) {
    const value = control[name]!;
    const child = field.child(name);
    if (Object.hasOwn(other, name)) compareValues(child, value, other[name]!, recorder, depth + 1);
    else tellMember(child, value, undefined, recorder);
  }
  for (const name of Object.keys(other))
    if (!Object.hasOwn(control, name)) tellMember(field.child(name), undefined, other[name], recorder);
}

/** Takes down that only one of both objects has a member. */
export function tellMember(
  field: Field,
  control: JsonValue | undefined,
  other: JsonValue | undefined,
  recorder: Recorder,
): void {
  if (recorder.differs(field, control, other))
    recorder.kind(field, other === undefined ? kinds.missing : kinds.extra, control, other);
}
