import { looksToBound } from '../statistics/rate-bounds.js';
import { moreOftenThan } from '../statistics/two-samples.js';
import { samplesToBound } from './hypotheses.js';

const most = 1e9;

/**
 * How many A/A samples more it takes to tell a difference from noise if control goes on to differ from itself as rarely
 * as it has: until they bound the noise below the difference, or until the test finds it, whichever comes first.
 * @param comparisons with `candidate` of them that differ
 * @param samples A/A samples so far, with `again` of them that differ
 * @param limit the probability that the test has to reach
 * @returns at least 1; null where no number of A/A samples alone would do
 */
export function samplesNeeded(
  { candidate, comparisons }: { candidate: number; comparisons: number },
  { again, samples }: { again: number; samples: number },
  limit: number,
): number | null {
  const byTest = leastSamples(
    (of) =>
      moreOftenThan(
        { seen: candidate, of: comparisons },
        { seen: samples === 0 ? 0 : Math.round((again * of) / samples), of },
      ) <= limit,
  );
  const byBound =
    again === 0 ? Math.max(samplesToBound, looksToBound(candidate / comparisons)) : Number.POSITIVE_INFINITY;
  const needed = Math.min(byTest, byBound);
  return Number.isFinite(needed) ? Math.max(1, needed - samples) : null;
}

/** The least number for which something holds that holds for all greater ones, too. */
function leastSamples(holds: (of: number) => boolean): number {
  let high = 1;
  while (!holds(high)) {
    high *= 2;
    if (high > most) return Number.POSITIVE_INFINITY;
  }
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
