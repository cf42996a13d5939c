import type { Field } from '../fields/field.js';
import type { EndpointRecord } from '../record/endpoint-record.js';
import type { ProblemCount } from '../read/problem-counts.js';
import type { RuleBook, RuleUse } from '../rules/rule-book.js';
import { adjustForMany } from '../statistics/false-discoveries.js';
import { agreementWithout } from './agreement.js';
import { endpointSentence } from './sentences.js';
import { type Hypothesis, hypothesesOf } from './hypotheses.js';
import { type JudgedField, judgeField } from './judge-field.js';
import { falseFindings, testable } from './thresholds.js';
import type { EndpointReport, Report, RuleReport, Verdict } from './report.js';

/** Judges all endpoints together: the more there are, the more would be found by chance. */
export function judge(records: readonly EndpointRecord[], rules: RuleBook, problems: ProblemCount[]): Report {
  const byRecord = records.map((record) => ({ record, hypotheses: hypothesesOfAll(record) }));
  const tested = byRecord
    .flatMap(({ hypotheses }) => hypotheses)
    .filter(({ leastProbability }) => leastProbability <= testable);
  const adjusted = adjustForMany(tested.map(({ probability }) => probability));
  const probabilities = new Map(tested.map((hypothesis, index) => [hypothesis, adjusted[index]!]));
  const limit = falseFindings / Math.max(1, tested.length);
  const endpoints = byRecord
    .map(({ record, hypotheses }) => judgeEndpoint(record, hypotheses, probabilities, limit))
    .sort((one, other) => byUrgency(one, other) || (one.endpoint < other.endpoint ? -1 : 1));
  return {
    verdict: worst(endpoints.map(({ verdict }) => verdict)),
    comparisons: total(endpoints, 'comparisons'),
    controlAgain: total(endpoints, 'controlAgain'),
    endpoints,
    problems,
    rules: reportRules(rules.uses),
    ignoredHeaders: [...rules.ignoredHeaders],
  };
}

function hypothesesOfAll(record: EndpointRecord): Hypothesis[] {
  return record.tree.fields.flatMap((field) => hypothesesOf(record, field));
}

function judgeEndpoint(
  record: EndpointRecord,
  hypotheses: readonly Hypothesis[],
  probabilities: ReadonlyMap<Hypothesis, number>,
  limit: number,
): EndpointReport {
  const judged = [...groupByField(hypotheses)].map(([field, list]) =>
    judgeField(record, field, list, probabilities, limit),
  );
  const open = judged.filter(({ report }) => report.verdict !== 'noise');
  const fields = judged
    .map(({ report }) => report)
    .sort((one, other) => byUrgency(one, other) || other.candidate.seen - one.candidate.seen);
  const verdict = worst(fields.map((field) => (field.verdict === 'noise' ? 'alike' : field.verdict)));
  const needs = fields.flatMap(({ needsControlAgain }) => needsControlAgain ?? []);
  const agreement = agreementWithout(
    record,
    open.flatMap(({ disagreeing }) => disagreeing),
    sumOf(open, ({ further }) => further),
  );
  const base = {
    endpoint: record.endpoint,
    verdict,
    comparisons: record.comparisons,
    controlAgain: record.again,
    agreement,
    fields,
    needsControlAgain: needs.length === 0 ? null : Math.max(...needs),
  };
  return { ...base, sentence: endpointSentence(base) };
}

function groupByField(hypotheses: readonly Hypothesis[]): Map<Field, Hypothesis[]> {
  const byField = new Map<Field, Hypothesis[]>();
  for (const hypothesis of hypotheses) {
    const list = byField.get(hypothesis.field);
    if (list) list.push(hypothesis);
    else byField.set(hypothesis.field, [hypothesis]);
  }
  return byField;
}

function sumOf(list: readonly JudgedField[], of: (one: JudgedField) => number): number {
  return list.reduce((sum, one) => sum + of(one), 0);
}

const urgency = { differs: 0, undecided: 1, alike: 2, noise: 3 } as const;

function byUrgency(one: { verdict: keyof typeof urgency }, other: { verdict: keyof typeof urgency }): number {
  return urgency[one.verdict] - urgency[other.verdict];
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('differs')) return 'differs';
  return verdicts.includes('undecided') ? 'undecided' : 'alike';
}

function total(endpoints: readonly EndpointReport[], of: 'comparisons' | 'controlAgain'): number {
  return endpoints.reduce((sum, endpoint) => sum + endpoint[of], 0);
}

function reportRules(uses: readonly RuleUse[]): Report['rules'] {
  const listed = (which: (use: RuleUse) => boolean) => uses.filter(which).map(reportRule);
  return {
    applied: listed(({ expired, used }) => !expired && used > 0),
    expired: listed(({ expired }) => expired),
    unused: listed(({ expired, used }) => !expired && used === 0),
  };
}

function reportRule({ rule, used, ignore }: RuleUse): RuleReport {
  return ignore
    ? { rule, used, owner: ignore.owner, reason: ignore.reason, until: ignore.until }
    : { rule, used };
}
