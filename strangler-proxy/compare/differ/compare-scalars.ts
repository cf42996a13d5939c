import type { Field } from '../fields/field.js';
import { formatChange, kinds, typeChange } from '../fields/kinds.js';
import { amountIn, epochOf, formatOf } from '../values/formats.js';
import { ExactNumber, type JsonValue, scalarText, typeOf } from '../values/json-value.js';
import type { Recorder } from './recorder.js';

/** Longest text of a word, of which each value is counted. */
const maxWord = 24;

/** Takes down that control has this value, as the other has: what is noisy has invariants, and those are learned. */
export function observeSame(field: Field, value: JsonValue, recorder: Recorder): void {
  const { watch } = field;
  if (!watch || recorder.again || !watch.enter(recorder.stamp)) return;
  watch.observed += 1;
  if (isNegative(value)) watch.negative += 1;
  watch.repeats.add(value, value);
}

/** Compares two values of which at least one is neither list nor object, or that are of different types. */
export function compareScalars(field: Field, control: JsonValue, other: JsonValue, recorder: Recorder): void {
  if (control === other || isSameByRule(field, control, other)) return observeSame(field, control, recorder);
  if (!recorder.differs(field, control, other)) return;
  observeDifferent(field, control, other, recorder);
  const [type, otherType] = [typeOf(control), typeOf(other)];
  if (type !== otherType) {
    const kind =
      otherType === 'null'
        ? kinds.becomesNull
        : type === 'null'
          ? kinds.wasNull
          : typeChange(type, otherType);
    recorder.kind(field, kind, control, other);
  } else if (type === 'number') compareNumbers(field, control, other, recorder);
  else if (type === 'string') compareStrings(field, control as string, other as string, recorder);
  else if (type === 'boolean') {
    recorder.word(field, scalarText(other), control, other);
  }
}

function isSameByRule({ rules }: Field, control: JsonValue, other: JsonValue): boolean {
  if (control instanceof ExactNumber && other instanceof ExactNumber && control.text === other.text)
    return true;
  if (rules.normalisers.length === 0 && rules.tolerances.length === 0) return false;
  let [one, another] = [control, other];
  for (const { normalise, use } of rules.normalisers) {
    [one, another] = [normalise(one), normalise(another)];
    if (one === another) {
      use.used += 1;
      return true;
    }
  }
  for (const { tolerance, use } of rules.tolerances) {
    if (isWithin(one, another, tolerance)) {
      use.used += 1;
      return true;
    }
  }
  return false;
}

/** Types have to be the same: a tolerance does not make a text of a number. */
function isWithin(
  one: JsonValue,
  other: JsonValue,
  {
    absolute,
    relative,
    seconds,
  }: { absolute?: number | undefined; relative?: number | undefined; seconds?: number | undefined },
): boolean {
  if (typeOf(one) !== typeOf(other)) return false;
  if (seconds !== undefined) {
    const [time, otherTime] = [timeOf(one), timeOf(other)];
    if (time !== undefined && otherTime !== undefined && Math.abs(time - otherTime) <= seconds * 1_000)
      return true;
  }
  const [number, otherNumber] = [amountOf(one), amountOf(other)];
  if (number === undefined || otherNumber === undefined) return false;
  const apart = Math.abs(number - otherNumber);
  // Decimal fractions are no binary ones: 0.3 - 0.2 is a little less than 0.1.
  const slack = 1e-12 * Math.max(Math.abs(number), Math.abs(otherNumber));
  if (absolute !== undefined && apart <= absolute + slack) return true;
  return (
    relative !== undefined && apart <= relative * Math.max(Math.abs(number), Math.abs(otherNumber)) + slack
  );
}

function timeOf(value: JsonValue): number | undefined {
  if (typeof value === 'string') return formatOf(value).time;
  return typeof value === 'number' ? epochOf(value) : undefined;
}

function amountOf(value: JsonValue): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof ExactNumber) return Number(value.text);
  return typeof value === 'string' ? amountIn(value) : undefined;
}

function isNegative(value: JsonValue): boolean {
  if (typeof value === 'number') return value < 0;
  if (typeof value === 'string') return value.charCodeAt(0) === 45 && (amountOf(value) ?? 0) < 0;
  return value instanceof ExactNumber && Number(value.text) < 0;
}

function observeDifferent(field: Field, control: JsonValue, other: JsonValue, recorder: Recorder): void {
  const watch = recorder.watch(field);
  if (recorder.again || !watch.enter(recorder.stamp)) return;
  watch.observed += 1;
  if (isNegative(control)) watch.negative += 1;
  watch.repeats.add(control, other);
  const [number, otherNumber] = [amountOf(control), amountOf(other)];
  if (number !== undefined && otherNumber !== undefined) watch.extremes.add(number, otherNumber);
}

function compareNumbers(field: Field, control: JsonValue, other: JsonValue, recorder: Recorder): void {
  const tell = (kind: string) => recorder.kind(field, kind, control, other);
  const [number, otherNumber] = [Number(scalarText(control)), Number(scalarText(other))];
  const [epoch, otherEpoch] = [epochOf(number), epochOf(otherNumber)];
  if (epoch !== undefined && otherEpoch !== undefined) tellSkew(Math.abs(epoch - otherEpoch), tell);
  else tellAmounts(number, otherNumber, decimalsOf(scalarText(control)), decimalsOf(scalarText(other)), tell);
}

function tellAmounts(
  number: number,
  other: number,
  decimals: number,
  otherDecimals: number,
  tell: (kind: string) => void,
): void {
  if (decimals !== otherDecimals) tell(otherDecimals > decimals ? kinds.moreDecimals : kinds.fewerDecimals);
  if (number === other) return tell(kinds.notation);
  const apart = Math.abs(number - other);
  if (apart <= 10 ** -Math.min(decimals, otherDecimals) * (1 + 1e-9)) tell(kinds.lastDigit);
  if (number < 0 !== other < 0) tell(other < 0 ? kinds.negative : kinds.positive);
  tell(other > number ? kinds.higher : kinds.lower);
  const [less, more] = [
    Math.min(Math.abs(number), Math.abs(other)),
    Math.max(Math.abs(number), Math.abs(other)),
  ];
  if (more >= 2 * less) tell(kinds.twofold);
  if (more >= 10 * less) tell(kinds.tenfold);
}

function tellSkew(milliseconds: number, tell: (kind: string) => void): void {
  if (milliseconds > 2_000) tell(kinds.skewSeconds);
  if (milliseconds > 60_000) tell(kinds.skewMinutes);
  if (milliseconds > 1_800_000) tell(kinds.skewHours);
}

function compareStrings(field: Field, control: string, other: string, recorder: Recorder): void {
  const tell = (kind: string) => recorder.kind(field, kind, control, other);
  const [format, otherFormat] = [formatOf(control), formatOf(other)];
  if (format.family !== otherFormat.family) tell(formatChange(format.family, otherFormat.family));
  else if (format.shape !== otherFormat.shape) tell(kinds.shape);
  if (format.time !== undefined && otherFormat.time !== undefined)
    return tellSkew(Math.abs(format.time - otherFormat.time), tell);
  if (format.family === 'number' && otherFormat.family === 'number')
    return tellAmounts(Number(control), Number(other), decimalsOf(control), decimalsOf(other), tell);
  if (control.length === other.length && control.toLowerCase() === other.toLowerCase())
    tell(kinds.letterCase);
  else if (differsInSpaceOnly(control, other)) tell(kinds.whiteSpace);
  if (format.family === 'word' && other.length <= maxWord) recorder.word(field, other, control, other);
}

const space = /\s/;
const longestLooked = 10_000;

function differsInSpaceOnly(one: string, other: string): boolean {
  if (one.length > longestLooked || other.length > longestLooked) return false;
  if (!space.test(one) && !space.test(other)) return false;
  return one.replaceAll(/\s+/g, '') === other.replaceAll(/\s+/g, '');
}

/** How many digits stand behind the point. */
function decimalsOf(text: string): number {
  const at = text.indexOf('.');
  if (at === -1) return 0;
  const end = text.search(/[eE]/);
  return (end === -1 ? text.length : end) - at - 1;
}
