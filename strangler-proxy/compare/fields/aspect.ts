import type { Example } from './example.js';

/** One way in which a field can differ, and how often it did. */
export class Aspect {
  /** In how many comparisons control and candidate differed in this way. */
  candidate = 0;
  /** In how many A/A samples control differed from itself in this way. */
  again = 0;
  readonly examples: Example[] = [];
  /** What was counted last: several elements of one list count once in a comparison. */
  private stamp = -1;

  readonly id: number;
  readonly kind: string;

  constructor(id: number, kind: string) {
    this.id = id;
    this.kind = kind;
  }

  /** @returns false if this comparison was counted before */
  enter(stamp: number): boolean {
    if (this.stamp === stamp) return false;
    this.stamp = stamp;
    return true;
  }
}
