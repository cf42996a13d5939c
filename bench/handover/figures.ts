import type { Passage } from './watch-system.js';
import type { TimedWrite } from './write-load.js';

/**
 * How long writes of a bucket stood still while it changed hands: the longest that a write of it took that was under
 * way between release and grant, less what a write takes as a rule. Buckets of which none was under way are left out:
 * nobody has noticed.
 */
export function writePauses(
  passages: readonly Passage[],
  writes: readonly TimedWrite[],
  usual: number,
): number[] {
  const byBucket = new Map<number, TimedWrite[]>();
  for (const write of writes) byBucket.set(write.bucket, [...(byBucket.get(write.bucket) ?? []), write]);
  return passages.flatMap(({ bucket, releasedAt, grantedAt }) => {
    const met = (byBucket.get(bucket) ?? []).filter(
      ({ startedAt, endedAt }) => startedAt <= grantedAt && endedAt >= releasedAt,
    );
    if (met.length === 0) return [];
    return [Math.max(0, ...met.map(({ startedAt, endedAt }) => endedAt - startedAt - usual))];
  });
}
