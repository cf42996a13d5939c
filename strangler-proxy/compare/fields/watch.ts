import { Aspect } from './aspect.js';
import { Extremes } from './extremes.js';
import { becomes, isBecomes } from './kinds.js';
import { Repeats } from './repeats.js';

/** Values that a field may have for each of them to be counted; with more, none is. */
const maxWords = 24;
const maxAspects = 48;

/** What is known of a field that has differed at least once. */
export class Watch {
  readonly aspects = new Map<string, Aspect>();
  /** In how many comparisons control had a value here since the first difference, and in how many a negative one. */
  observed = 0;
  negative = 0;
  readonly repeats = new Repeats();
  readonly extremes = new Extremes();
  private words = 0;
  private stamp = -1;

  private readonly nextId: () => number;

  constructor(nextId: () => number) {
    this.nextId = nextId;
  }

  /** @returns undefined when it differs in too many ways to count each */
  aspect(kind: string): Aspect | undefined {
    const known = this.aspects.get(kind);
    if (known ?? this.aspects.size >= maxAspects) return known;
    const made = new Aspect(this.nextId(), kind);
    this.aspects.set(kind, made);
    return made;
  }

  /** The aspect of turning into this value; undefined when there are too many values to count each. */
  word(value: string): Aspect | undefined {
    const kind = becomes(value);
    const known = this.aspects.get(kind);
    if (known ?? this.words > maxWords) return known;
    this.words += 1;
    if (this.words <= maxWords) return this.aspect(kind);
    for (const name of [...this.aspects.keys()]) if (isBecomes(name)) this.aspects.delete(name);
    return undefined;
  }

  /** @returns false if something of this comparison was looked at before, as another element of a list */
  enter(stamp: number): boolean {
    if (this.stamp === stamp) return false;
    this.stamp = stamp;
    return true;
  }
}
