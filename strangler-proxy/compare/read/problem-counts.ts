/** Lines that could not be compared, by the reason. */
export interface ProblemCount {
  problem: string;
  lines: number;
  /** The first of them. */
  first: number[];
}

const maxProblems = 50;
const maxNamed = 5;

/** Counts what could not be compared, and names the first lines of each kind. */
export class ProblemCounts {
  private readonly known = new Map<string, ProblemCount>();

  add(problem: string, line: number): void {
    const name = this.known.has(problem) || this.known.size < maxProblems ? problem : 'other problems';
    let count = this.known.get(name);
    if (!count) this.known.set(name, (count = { problem: name, lines: 0, first: [] }));
    count.lines += 1;
    if (count.first.length < maxNamed) count.first.push(line);
  }

  /** The most frequent first. */
  list(): ProblemCount[] {
    return [...this.known.values()].sort((one, other) => other.lines - one.lines);
  }
}
