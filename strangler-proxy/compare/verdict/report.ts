import type { Example } from '../fields/example.js';
import type { ProblemCount } from '../read/problem-counts.js';

/** `alike`: nothing but noise. `undecided`: a difference that may be noise, for all that the samples say. */
export type Verdict = 'differs' | 'undecided' | 'alike';

/** How often, of how many, with bounds at 95 % confidence each. */
export interface Rate {
  seen: number;
  of: number;
  share: number;
  lower: number;
  upper: number;
}

/** One way in which a field differs. */
export interface KindReport {
  kind: string;
  /** In how many comparisons, and in how many A/A samples. */
  candidate: number;
  again: number;
  /** It is no noise. */
  isFinding: boolean;
}

export interface FieldReport {
  path: string;
  verdict: 'differs' | 'undecided' | 'noise';
  /** How often the candidate differs from control here, and how often control from itself. */
  candidate: Rate;
  noise: Rate;
  kinds: KindReport[];
  /** How probable as much as this is by noise alone, corrected for the number of fields and endpoints. */
  probability: number;
  examples: Example[];
  sentence: string;
  advice: string;
  /** A/A samples that are still needed to decide; null if it is decided. */
  needsControlAgain: number | null;
}

export interface EndpointReport {
  endpoint: string;
  verdict: Verdict;
  comparisons: number;
  controlAgain: number;
  /** Comparisons without a difference that is, or may be, more than noise. */
  agreement: Rate;
  sentence: string;
  fields: FieldReport[];
  needsControlAgain: number | null;
}

export interface RuleReport {
  rule: string;
  used: number;
  owner?: string;
  reason?: string;
  until?: string;
}

export interface Report {
  verdict: Verdict;
  comparisons: number;
  controlAgain: number;
  endpoints: EndpointReport[];
  /** Lines that could not be compared. */
  problems: ProblemCount[];
  rules: { applied: RuleReport[]; expired: RuleReport[]; unused: RuleReport[] };
  /** Headers that were not compared. */
  ignoredHeaders: string[];
}
