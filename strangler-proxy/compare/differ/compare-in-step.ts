import { elementName, type Field } from '../fields/field.js';
import { numberOf, parseExactly } from '../values/exact-json.js';
import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  endOfScalar,
  endOfValue,
  isName,
  membersAt,
  openBrace,
  openBracket,
  outOfStep,
  quote,
  stringAt,
} from '../values/json-code-units.js';
import { type JsonValue, maxDepth } from '../values/json-value.js';
import { observeSame } from './compare-scalars.js';
import { compareValues, tellMember } from './compare-values.js';
import type { Recorder } from './recorder.js';
import { TextPair } from './text-pair.js';

/** A difference as it is found: it counts when both texts could be read to their ends. */
interface Pending {
  field: Field;
  /** Undefined where a member is missing. */
  control: JsonValue | undefined;
  other: JsonValue | undefined;
  depth: number;
}

/** Where both texts are, and how much was found so far. */
interface Mark {
  at: number;
  otherAt: number;
  depth: number;
  pending: number;
  unchanged: number;
}

/** Longest text that is compared in this way, in code units. */
const maxLength = 1_048_576;

const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Compares two JSON texts side by side without reading them into values, which is several times as fast. Objects may have
 * their names in any order. Where lists don't go in step - other lengths, another element at a place - the innermost list
 * that tells its elements apart is read, and compared as values.
 * @returns false if one of them is no JSON; then nothing is taken down
 */
export function compareInStep(field: Field, control: string, other: string, recorder: Recorder): boolean {
  if (control.length > maxLength || other.length > maxLength) return false;
  const steps = new Steps(control, other, recorder);
  try {
    steps.whole(field);
  } catch (error) {
    if (error === outOfStep || error instanceof SyntaxError) return false;
    throw error;
  }
  steps.settle();
  return true;
}

class Steps extends TextPair {
  private depth = 0;
  private readonly pending: Pending[] = [];
  private readonly unchanged: { field: Field; value: JsonValue }[] = [];

  private readonly recorder: Recorder;

  constructor(control: string, other: string, recorder: Recorder) {
    super(control, other);
    this.recorder = recorder;
  }

  whole(field: Field): void {
    this.value(field, false);
    this.space();
    if (!this.isAtEnd()) throw outOfStep;
  }

  settle(): void {
    for (const { field, value } of this.unchanged) observeSame(field, value, this.recorder);
    for (const { field, control, other, depth } of this.pending) {
      if (control === undefined || other === undefined) tellMember(field, control, other, this.recorder);
      else compareValues(field, control, other, this.recorder, depth);
    }
  }

  /** @param fixed a difference here would concern which element it is: that is for the list to say */
  private value(field: Field, fixed: boolean): void {
    const next = this.space();
    if (next !== openBrace && next !== openBracket) return this.scalar(field, fixed);
    const read = next === openBrace ? this.object : this.list;
    if (fixed) return read.call(this, field, fixed);
    const begin = this.mark();
    try {
      read.call(this, field, fixed);
    } catch (error) {
      this.readWhole(field, begin, error);
    }
  }

  private object(field: Field, fixed: boolean): void {
    const begin = this.mark();
    const telling = namesThatTell(field, fixed);
    const predicted = field.inOrder;
    this.enter();
    this.skipSpaces();
    if (this.isAt(closeBrace)) return this.leave();
    for (let index = 0; ; index += 1) {
      const child = this.name(field, predicted[index]);
      if (!child) break;
      this.need(colon);
      this.value(child, telling === 'all' || telling.includes(child.name));
      this.skipSpaces();
      if (this.isAt(closeBrace)) return this.leave();
      if (!this.isAt(comma)) break;
      this.at += 1;
      this.otherAt += 1;
    }
    this.objectByNames(field, telling, begin);
  }

  /** Compares two objects whose names are not the same, or not in the same order. */
  private objectByNames(field: Field, telling: readonly string[] | 'all', begin: Mark): void {
    this.rewind(begin);
    const members = membersAt(this.units, begin.at, this.control);
    const others = membersAt(this.units, begin.otherAt, this.other);
    const tells = (name: string) => telling === 'all' || telling.includes(name);
    this.depth += 1;
    for (const [name, from] of members.begins) {
      const child = field.child(name);
      const otherFrom = others.begins.get(name);
      this.at = from;
      if (otherFrom === undefined) {
        if (tells(name)) throw outOfStep;
        this.at = endOfValue(this.units, from);
        this.pend(child, parseExactly(this.controlFrom(from)), undefined);
        continue;
      }
      this.otherAt = otherFrom;
      this.value(child, tells(name));
    }
    for (const [name, from] of others.begins) {
      if (members.begins.has(name)) continue;
      if (tells(name)) throw outOfStep;
      this.otherAt = endOfValue(this.units, from);
      this.pend(field.child(name), undefined, parseExactly(this.otherFrom(from)));
    }
    this.at = members.end;
    this.otherAt = others.end;
    this.depth = begin.depth;
  }

  private list(field: Field): void {
    this.enter();
    if (this.take(closeBracket)) {
      this.depth -= 1;
      return;
    }
    const elements = field.elements();
    do this.value(elements, true);
    while (this.take(comma));
    this.need(closeBracket);
    this.depth -= 1;
  }

  private mark(): Mark {
    const { at, otherAt, depth } = this;
    return { at, otherAt, depth, pending: this.pending.length, unchanged: this.unchanged.length };
  }

  /** Goes back to a mark, and forgets what was found since. */
  private rewind(begin: Mark): void {
    this.at = begin.at;
    this.otherAt = begin.otherAt;
    this.depth = begin.depth;
    this.pending.length = begin.pending;
    this.unchanged.length = begin.unchanged;
  }

  /** Takes the list or object that begins at a mark as one value. */
  private readWhole(field: Field, begin: Mark, error: unknown): void {
    if (error !== outOfStep) throw error;
    this.rewind(begin);
    this.at = endOfValue(this.units, begin.at);
    this.otherAt = endOfValue(this.units, begin.otherAt);
    this.pend(field, parseExactly(this.controlFrom(begin.at)), parseExactly(this.otherFrom(begin.otherAt)));
  }

  private pend(field: Field, control: JsonValue | undefined, other: JsonValue | undefined): void {
    this.pending.push({ field, control, other, depth: this.depth });
  }

  private enter(): void {
    this.at += 1;
    this.otherAt += 1;
    this.depth += 1;
    if (this.depth > maxDepth) throw outOfStep;
  }

  /** Both are at the mark that ends an object. */
  private leave(): void {
    this.at += 1;
    this.otherAt += 1;
    this.depth -= 1;
  }

  /**
   * Reads the same name in both.
   * @param predicted the field that most probably comes next
   * @returns undefined if the names are not the same
   */
  private name(field: Field, predicted: Field | undefined): Field | undefined {
    this.skipSpaces();
    if (!this.isAt(quote)) return undefined;
    const begin = this.at + 1;
    if (!this.sameString()) return undefined;
    const length = this.at - 1 - begin;
    if (predicted && isName(predicted.name, this.units, begin, length)) return predicted;
    return field.child(stringAt(this.units, begin - 1, this.control));
  }

  private scalar(field: Field, fixed: boolean): void {
    const [begin, otherBegin] = [this.at, this.otherAt];
    if (this.units[begin]! === quote ? this.sameString() : this.sameWord()) {
      if (!field.watch) return;
      this.unchanged.push({ field, value: scalarOf(this.controlFrom(begin)) });
      return;
    }
    if (fixed) throw outOfStep;
    this.at = endOfScalar(this.units, begin);
    this.otherAt = endOfScalar(this.units, otherBegin);
    this.pend(field, scalarOf(this.controlFrom(begin)), scalarOf(this.otherFrom(otherBegin)));
  }
}

/** Names of the fields by which an element of a list is known; `all` where that isn't known, or where all of this tells. */
function namesThatTell({ name, parent }: Field, fixed: boolean): readonly string[] | 'all' {
  if (name !== elementName || !parent) return fixed ? 'all' : none;
  return parent.rules.identity?.names ?? parent.list?.identity ?? 'all';
}

const none: readonly string[] = [];

function scalarOf(token: string): JsonValue {
  if (token.charCodeAt(0) === quote) {
    if (!token.includes('\\')) return token.slice(1, -1);
    try {
      return JSON.parse(token) as string;
    } catch {
      throw outOfStep;
    }
  }
  if (token === 'true') return true;
  if (token === 'false') return false;
  if (token === 'null') return null;
  if (!numberPattern.test(token)) throw outOfStep;
  return numberOf(token);
}
