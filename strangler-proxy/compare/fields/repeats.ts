import type { JsonValue } from '../values/json-value.js';

/** How often a field has the same value twice in a row, at control and at the candidate; each value is in one pair. */
export class Repeats {
  pairs = 0;
  /** The pairs in which only one of both repeated itself. */
  onlyControl = 0;
  onlyCandidate = 0;
  private waiting: { control: JsonValue; candidate: JsonValue } | undefined;

  add(control: JsonValue, candidate: JsonValue): void {
    const before = this.waiting;
    if (!before) {
      this.waiting = { control, candidate };
      return;
    }
    this.waiting = undefined;
    this.pairs += 1;
    const [controlRepeats, candidateRepeats] = [control === before.control, candidate === before.candidate];
    if (controlRepeats && !candidateRepeats) this.onlyControl += 1;
    if (candidateRepeats && !controlRepeats) this.onlyCandidate += 1;
  }
}
