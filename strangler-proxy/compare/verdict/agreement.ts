import type { EndpointRecord } from '../record/endpoint-record.js';
import { lowerBound, upperBound } from '../statistics/rate-bounds.js';
import type { Aspect } from '../fields/aspect.js';
import type { Rate } from './report.js';

export function rateOf(seen: number, of: number): Rate {
  return {
    seen,
    of,
    share: of === 0 ? 0 : seen / of,
    lower: lowerBound({ seen, of }),
    upper: upperBound({ seen, of }),
  };
}

/**
 * Comparisons that differ in none of these aspects. Exact for as many differing comparisons as are kept one by one, and
 * for a single aspect; beyond that the sample's share with three standard errors on top, so that agreement is never
 * taken to be more than it is.
 * @param further comparisons that differ by findings that have no aspect
 */
export function agreementWithout(record: EndpointRecord, aspects: readonly Aspect[], further: number): Rate {
  const disagreeing = Math.min(record.comparisons, countAny(record, aspects) + further);
  return rateOf(record.comparisons - disagreeing, record.comparisons);
}

function countAny({ signatures, differing }: EndpointRecord, aspects: readonly Aspect[]): number {
  if (aspects.length === 0) return 0;
  const ids = new Set(aspects.map(({ id }) => id));
  const inSample = signatures.filter((signature) => signature.some((id) => ids.has(id))).length;
  if (differing <= signatures.length) return inSample;
  const share = inSample / signatures.length;
  const error = Math.sqrt((share * (1 - share)) / signatures.length);
  const atLeast = Math.max(...aspects.map(({ candidate }) => candidate));
  const atMost = aspects.reduce((sum, { candidate }) => sum + candidate, 0);
  const estimate = Math.ceil(differing * Math.min(1, share + 3 * error));
  return Math.min(atMost, Math.max(atLeast, estimate));
}
