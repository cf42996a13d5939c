import type { EndpointRecord } from '../record/endpoint-record.js';
import type { Aspect } from '../fields/aspect.js';
import type { Field } from '../fields/field.js';
import { kinds } from '../fields/kinds.js';
import { rateOf } from './agreement.js';
import { adviceFor } from './advice.js';
import type { Hypothesis } from './hypotheses.js';
import type { FieldReport, KindReport } from './report.js';
import { samplesNeeded } from './samples-needed.js';
import { fieldSentence } from './sentences.js';
import { doubt, falseFindings } from './thresholds.js';

/** A field's part of the report, and what it means for agreement. */
export interface JudgedField {
  report: FieldReport;
  /** Comparisons in which one of these is seen do not agree. */
  disagreeing: Aspect[];
  /** Those that disagree by a finding without an aspect. */
  further: number;
}

/** Judges one field by all hypotheses on it. @param limit what a single test would have to reach */
export function judgeField(
  record: EndpointRecord,
  field: Field,
  hypotheses: readonly Hypothesis[],
  probabilities: ReadonlyMap<Hypothesis, number>,
  limit: number,
): JudgedField {
  const probabilityOf = (one: Hypothesis) => probabilities.get(one) ?? 1;
  const findings = hypotheses.filter((one) => one.isBounded || probabilityOf(one) <= falseFindings);
  const any = hypotheses.find(({ kind }) => kind === kinds.any);
  const isQuiet = (any?.again ?? 0) === 0;
  const doubtful = hypotheses.filter((one) => probabilityOf(one) <= doubt);
  const suspects = isQuiet && any ? [any] : doubtful;
  const verdict = findings.length > 0 ? 'differs' : suspects.length > 0 ? 'undecided' : 'noise';
  const counted = verdict === 'differs' ? wholeOf(findings, any) : verdict === 'undecided' ? suspects : [];
  const needsControlAgain = verdict === 'undecided' ? needed(record, suspects, limit) : null;
  const ranked = rank(hypotheses, findings);
  const main =
    verdict === 'noise' ? undefined : (ranked.find(({ kind }) => kind !== kinds.any)?.kind ?? kinds.any);
  const facts = {
    path: field.path,
    verdict,
    candidate: rateOf(any?.candidate ?? 0, record.comparisons),
    noise: rateOf(any?.again ?? 0, record.again),
    kinds: ranked,
    needsControlAgain,
  } as const;
  return {
    report: {
      ...facts,
      probability: Math.min(1, ...hypotheses.map(probabilityOf)),
      examples: examplesOf(hypotheses, findings, any),
      sentence: fieldSentence(facts),
      advice: adviceFor(field.path, verdict, main, record.again),
    },
    disagreeing: counted.flatMap(({ aspect }) => aspect ?? []),
    further: counted.reduce((most, { aspect, candidate }) => (aspect ? most : Math.max(most, candidate)), 0),
  };
}

/** A field that differs beyond its noise does so as a whole, unless only some ways of differing are beyond it. */
function wholeOf(findings: readonly Hypothesis[], any: Hypothesis | undefined): readonly Hypothesis[] {
  return any && (findings.includes(any) || any.again === 0) ? [any] : findings;
}

function needed(record: EndpointRecord, suspects: readonly Hypothesis[], limit: number): number | null {
  const each = suspects.flatMap(({ candidate, again, aspect }) =>
    aspect
      ? (samplesNeeded(
          { candidate, comparisons: record.comparisons },
          { again, samples: record.again },
          limit,
        ) ?? [])
      : [],
  );
  return each.length === 0 ? null : Math.max(...each);
}

function rank(hypotheses: readonly Hypothesis[], findings: readonly Hypothesis[]): KindReport[] {
  return hypotheses
    .map((one) => ({
      kind: one.kind,
      candidate: one.candidate,
      again: one.again,
      isFinding: findings.includes(one),
      probability: one.probability,
    }))
    .sort(
      (one, other) =>
        Number(other.isFinding) - Number(one.isFinding) ||
        one.probability - other.probability ||
        other.candidate - one.candidate,
    )
    .map(({ kind, candidate, again, isFinding }) => ({ kind, candidate, again, isFinding }));
}

/** Of the findings, as they show best what is wrong; those of a noisy field in general are of its noise. */
function examplesOf(
  hypotheses: readonly Hypothesis[],
  findings: readonly Hypothesis[],
  any: Hypothesis | undefined,
): FieldReport['examples'] {
  const best = findings
    .filter(({ aspect }) => aspect)
    .sort((one, other) => one.probability - other.probability || one.candidate - other.candidate)[0];
  const from = best ?? any ?? hypotheses[0];
  return (from?.aspect?.examples ?? []).map((example) => ({ ...example }));
}
