/**
 * Counts durations in buckets that double every `stepsPerDoubling` steps, from 64 µs to over a minute: a percentile
 * is right to about a tenth of its value, and recording costs one addition.
 */
const stepsPerDoubling = 8;
const doublings = 20;
const smallestMicros = 64;
export const bucketTotal = stepsPerDoubling * doublings;

/** Bucket of a duration in milliseconds. */
export function latencyBucket(ms: number): number {
  const doubled = Math.log2((ms * 1000) / smallestMicros);
  const bucket = Math.floor(doubled * stepsPerDoubling) + 1;
  return bucket <= 0 ? 0 : Math.min(bucket, bucketTotal - 1);
}

/** Upper end of a bucket in milliseconds. */
export function bucketEnd(bucket: number): number {
  return (smallestMicros * 2 ** (bucket / stepsPerDoubling)) / 1000;
}

/** A percentile in milliseconds, `null` without any counts. @param share from 0 to 1 */
export function percentile(counts: Uint32Array, share: number): number | null {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return null;
  let below = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    below += counts[bucket] ?? 0;
    if (below >= share * total) return Math.round(bucketEnd(bucket) * 1000) / 1000;
  }
  return null;
}

/** Whole doublings, for Prometheus: how many were at most so many milliseconds. */
export function cumulative(counts: Uint32Array): { le: number; count: number }[] {
  const steps: { le: number; count: number }[] = [];
  let count = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    count += counts[bucket] ?? 0;
    if (bucket % stepsPerDoubling === 0) steps.push({ le: bucketEnd(bucket), count });
  }
  return steps;
}
