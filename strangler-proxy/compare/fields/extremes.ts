/** How many of the greatest and of the smallest are kept. */
const kept = 24;

/**
 * The greatest and smallest numbers of control and candidate, of pairs that differ. Where both draw from the same
 * numbers, the greatest is the candidate's as often as control's: that the greatest m are all the candidate's has a
 * probability of at most 2^-m.
 */
export class Extremes {
  private readonly control = { high: [] as number[], low: [] as number[] };
  private readonly candidate = { high: [] as number[], low: [] as number[] };

  add(control: number, candidate: number): void {
    insert(this.control.high, control);
    insert(this.control.low, -control);
    insert(this.candidate.high, candidate);
    insert(this.candidate.low, -candidate);
  }

  /** How many of the candidate's numbers are above, and below, all of control's; 24 stand for any more. */
  outside(): { above: number; below: number; least: number; greatest: number } {
    return {
      above: beyond(this.candidate.high, this.control.high),
      below: beyond(this.candidate.low, this.control.low),
      least: -(this.control.low[0] ?? 0),
      greatest: this.control.high[0] ?? 0,
    };
  }
}

/** Into a list from the greatest down. */
function insert(list: number[], value: number): void {
  if (list.length === kept && value <= list[kept - 1]!) return;
  let at = list.length;
  while (at > 0 && list[at - 1]! < value) at -= 1;
  list.splice(at, 0, value);
  if (list.length > kept) list.pop();
}

function beyond(list: readonly number[], others: readonly number[]): number {
  const [greatest = Number.NEGATIVE_INFINITY] = others;
  const end = list.findIndex((value) => value <= greatest);
  return end === -1 ? list.length : end;
}
