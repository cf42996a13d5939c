import { kinds } from '../fields/kinds.js';
import type { Aspect } from '../fields/aspect.js';
import { shown } from '../fields/example.js';
import type { Field } from '../fields/field.js';
import { Watch } from '../fields/watch.js';
import type { JsonValue } from '../values/json-value.js';

/** Examples that are kept of each way in which a field differs. */
const maxExamples = 3;

/** Takes down how two answers differ, for the statistics of an endpoint. */
export class Recorder {
  /** Control is compared with itself: an A/A sample. */
  again = false;
  /** Counts runs: what is told twice in one of them is counted once. */
  stamp = 0;
  /** The aspects of the candidate's answer that differed, each once. */
  touched: Aspect[] = [];
  /** Something differed that no rule takes away. */
  differed = false;
  private line = 0;
  private aspects = 0;
  private readonly random: () => number;
  private readonly budget: { watches: number };

  /**
   * @param random from 0 to below 1, to choose examples by
   * @param budget how many more fields may differ
   */
  constructor(random: () => number, budget: { watches: number }) {
    this.random = random;
    this.budget = budget;
  }

  begin(line: number, again: boolean): void {
    this.line = line;
    this.again = again;
    this.stamp += 1;
    this.touched = [];
    this.differed = false;
  }

  /**
   * A field differs.
   * @returns false if a rule says that it does not count
   */
  differs(field: Field, control: JsonValue | undefined, other: JsonValue | undefined): boolean {
    const { ignore } = field.rules;
    if (ignore) {
      ignore.used += 1;
      return false;
    }
    this.differed = true;
    this.kind(field, kinds.any, control, other);
    return true;
  }

  /** In which way a field differs of which `differs` was told. */
  kind(field: Field, kind: string, control: JsonValue | undefined, other: JsonValue | undefined): void {
    this.count(this.watch(field).aspect(kind), control, other);
  }

  /** Which value a field has turned into. */
  word(field: Field, value: string, control: JsonValue, other: JsonValue): void {
    this.count(this.watch(field).word(value), control, other);
  }

  watch(field: Field): Watch {
    if (field.watch) return field.watch;
    // A difference that there is no room for is one of the further fields: it is never lost.
    if (this.budget.watches <= 0 && field !== field.overflow) return this.watch(field.overflow);
    this.budget.watches -= 1;
    field.watch = new Watch(() => (this.aspects += 1));
    return field.watch;
  }

  private count(
    aspect: Aspect | undefined,
    control: JsonValue | undefined,
    other: JsonValue | undefined,
  ): void {
    if (!aspect?.enter(this.stamp)) return;
    if (this.again) {
      aspect.again += 1;
      return;
    }
    aspect.candidate += 1;
    this.touched.push(aspect);
    this.keepExample(aspect, control, other);
  }

  /** The first one, and a fair choice of the others. */
  private keepExample(
    { examples, candidate }: Aspect,
    control: JsonValue | undefined,
    other: JsonValue | undefined,
  ): void {
    const at =
      examples.length < maxExamples ? examples.length : 1 + Math.floor(this.random() * (candidate - 1));
    if (at < maxExamples)
      examples[at] = { line: this.line, control: shown(control), candidate: shown(other) };
  }
}
