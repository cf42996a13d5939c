import { EndpointRecord } from './record/endpoint-record.js';
import type { Comparison } from './read/comparison.js';
import { ProblemCounts } from './read/problem-counts.js';
import { RuleBook } from './rules/rule-book.js';
import { noRules, type RulesFile } from './rules/rules-file.js';
import { seededRandom } from './statistics/random.js';
import { judge } from './verdict/judge.js';
import type { Report } from './verdict/report.js';

export interface AnalysisOptions {
  rules?: RulesFile;
  /** Rules that end before this day have expired. */
  today: Date;
  /** Chooses the examples: the same seed chooses the same. */
  seed?: number;
}

const maxEndpoints = 2_000;
/** Of all endpoints together. */
const maxFields = 60_000;
const maxDifferingFields = 10_000;

/** Takes comparisons one by one, and judges them whenever it is asked to. Its memory does not grow with their number. */
export class Analysis {
  private readonly records = new Map<string, EndpointRecord>();
  private readonly problems = new ProblemCounts();
  private readonly rules: RuleBook;
  private readonly random: () => number;
  private readonly budget = { fields: maxFields, watches: maxDifferingFields };
  private compared = 0;

  constructor({ rules = noRules, today, seed = 1 }: AnalysisOptions) {
    this.rules = new RuleBook(rules, today.toISOString().slice(0, 10));
    this.random = seededRandom(seed);
  }

  /** @param line of the file, to find it again; the number of the comparison if there is none */
  add(comparison: Comparison, line = this.compared + 1): void {
    this.compared += 1;
    this.recordOf(comparison.endpoint).add(comparison, line);
  }

  /** Counts a line that could not be compared. @param problem a short fixed text */
  addProblem(problem: string, line: number): void {
    this.problems.add(problem, line);
  }

  report(): Report {
    return judge([...this.records.values()], this.rules, this.problems.list());
  }

  private recordOf(endpoint: string): EndpointRecord {
    const known = this.records.get(endpoint);
    if (known) return known;
    const name = this.records.size < maxEndpoints ? endpoint.slice(0, 300) : 'further endpoints';
    const made = this.records.get(name) ?? new EndpointRecord(name, this.rules, this.budget, this.random);
    this.records.set(name, made);
    return made;
  }
}
