/** Buckets as people write them: `1-6, 9`. */
export function bucketText(buckets: readonly number[]): string {
  const sorted = buckets.toSorted((one, other) => one - other);
  const ranges: [number, number][] = [];
  for (const bucket of sorted) {
    const last = ranges.at(-1);
    if (last && last[1] === bucket - 1) last[1] = bucket;
    else ranges.push([bucket, bucket]);
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

/** How many, and which: `6 buckets (1-6)`. */
export function countedBuckets(buckets: readonly number[]): string {
  return `${buckets.length} ${buckets.length === 1 ? 'bucket' : 'buckets'} (${bucketText(buckets)})`;
}
