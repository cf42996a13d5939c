import type { EndpointRecord } from '../record/endpoint-record.js';
import type { Aspect } from '../fields/aspect.js';
import type { Field } from '../fields/field.js';
import { isStructural, isTypeChange, kinds, mirrorOf } from '../fields/kinds.js';
import type { Watch } from '../fields/watch.js';
import { upperBound } from '../statistics/rate-bounds.js';
import { atLeast, moreOftenThan } from '../statistics/two-samples.js';

/** That a field differs in one way more often than noise makes it differ. */
export interface Hypothesis {
  field: Field;
  kind: string;
  /** Undefined for what is found from many answers together. */
  aspect: Aspect | undefined;
  /** In how many comparisons, and in how many A/A samples. */
  candidate: number;
  again: number;
  /** How probable it is without a difference; 1 where that can't be said. */
  probability: number;
  /** What the samples could say at best: a test that can't find anything is not counted as one. */
  leastProbability: number;
  /** A/A bounds the noise of this field below the rate at which the candidate differs. */
  isBounded: boolean;
}

/**
 * A/A samples from which on the absence of noise in them counts as a bound of it: noise of 2 % is absent from so many once
 * in 25,000 fields. With fewer, only the test decides.
 */
export const samplesToBound = 500;

/** Confidence of that bound for a field that A/A shows no noise of, and for one that is noisy, but not in this way. */
const quietConfidence = 0.95;
const noisyConfidence = 0.9999;

/** Kinds of whether and of which type a value is there: noise in values, or in a list's order, says nothing about these. */
const isOfPresence = (kind: string) =>
  isTypeChange(kind) ||
  ([kinds.missing, kinds.extra, kinds.becomesNull, kinds.wasNull] as string[]).includes(kind);

/** Kinds that only say how two values lie to each other in time or size: other delays between the answers change them. */
const directions: ReadonlySet<string> = new Set([kinds.higher, kinds.lower, kinds.longer, kinds.shorter]);

/** All hypotheses on one field: one for each way in which it has differed, and those on its values as a whole. */
export function hypothesesOf(record: EndpointRecord, field: Field): Hypothesis[] {
  const { watch } = field;
  if (!watch) return [];
  const onAspects = [...watch.aspects.values()]
    .filter(
      (aspect) => aspect.candidate > 0 && !(directions.has(aspect.kind) && isOneWay(watch, aspect.kind)),
    )
    .map((aspect) => onAspect(record, field, watch, aspect));
  return [...onAspects, ...onValues(field, watch)];
}

function onAspect(record: EndpointRecord, field: Field, watch: Watch, aspect: Aspect): Hypothesis {
  const { kind, candidate, again } = aspect;
  const total = candidate + again;
  const test = (seen: number, seenAgain: number) =>
    moreOftenThan({ seen, of: record.comparisons }, { seen: seenAgain, of: record.again });
  const byNoise = test(candidate, again);
  const leastByNoise =
    record.again === 0
      ? 1
      : test(Math.min(total, record.comparisons), Math.max(0, total - record.comparisons));
  const bySides = oneSided(record, watch, aspect);
  const both = record.again > 0 && bySides < 1;
  return {
    field,
    kind,
    aspect,
    candidate,
    again,
    probability: both ? Math.min(1, 2 * Math.min(byNoise, bySides)) : Math.min(byNoise, bySides),
    leastProbability: Math.min(leastByNoise, bySides),
    isBounded: isBounded(record, watch, aspect),
  };
}

/**
 * How probable it is that a structural difference is as one-sided as it is when control and candidate are alike: then
 * it could as well have been control's answer, first or second, that is the odd one out. It needs no A/A sample, and
 * gains by each.
 */
function oneSided(record: EndpointRecord, watch: Watch, { kind, candidate, again }: Aspect): number {
  if (!isStructural(kind)) return 1;
  const mirrored = watch.aspects.get(mirrorOf(kind) ?? '')?.candidate ?? 0;
  const share = record.comparisons / (2 * record.comparisons + record.again);
  return atLeast({ seen: candidate, of: candidate + mirrored + again }, share);
}

/** Does A/A bound how often noise makes this field differ in this way below how often the candidate does? */
function isBounded(record: EndpointRecord, watch: Watch, { kind, candidate, again }: Aspect): boolean {
  if (again > 0) return false;
  const isQuiet = isWithoutNoise(watch, kind);
  if (!isQuiet && !isStructural(kind)) return false;
  // Control was never negative in any of its own answers either.
  const own = kind === kinds.negative && watch.negative === 0 ? watch.observed : 0;
  const of = record.again + own;
  const bound = upperBound({ seen: 0, of }, isQuiet ? quietConfidence : noisyConfidence);
  return of >= samplesToBound && bound < candidate / record.comparisons;
}

/** Has A/A seen no noise at all in this field, or none in that side of it which a kind is about? */
function isWithoutNoise(watch: Watch, kind: string): boolean {
  if ((watch.aspects.get(kinds.any)?.again ?? 0) === 0 || kind === kinds.members) return true;
  if (!isOfPresence(kind)) return false;
  return [...watch.aspects.values()].every((aspect) => aspect.again === 0 || !isOfPresence(aspect.kind));
}

/** Does A/A not show that this field goes up as well as down? A counter only goes up, in any answer that comes later. */
function isOneWay(watch: Watch, kind: string): boolean {
  const there = watch.aspects.get(kind)?.again ?? 0;
  const back = watch.aspects.get(mirrorOf(kind) ?? '')?.again ?? 0;
  return there + back < 5 || Math.min(there, back) <= 0.05 * (there + back);
}

/** What only many values together show: that they are the same again and again, or beyond all that control has. */
function onValues(field: Field, watch: Watch): Hypothesis[] {
  const found: Hypothesis[] = [];
  const add = (kind: string, candidate: number, probability: number) =>
    found.push({
      field,
      kind,
      aspect: undefined,
      candidate,
      again: 0,
      probability,
      leastProbability: probability,
      isBounded: false,
    });
  const { onlyCandidate, onlyControl, pairs } = watch.repeats;
  const isTime = watch.aspects.has(kinds.skewSeconds);
  // Times are the same when answers come close together: only one that stands still is a finding.
  if (onlyCandidate > onlyControl && (!isTime || onlyCandidate === pairs))
    add(
      kinds.repeats,
      2 * onlyCandidate,
      atLeast({ seen: onlyCandidate, of: onlyCandidate + onlyControl }, 0.5),
    );
  if (!isTime && !isOneWay(watch, kinds.higher)) {
    const { above, below } = watch.extremes.outside();
    const outside = Math.max(above, below);
    if (outside > 1) add(kinds.range, outside, 2 ** (1 - outside));
  }
  return found;
}
