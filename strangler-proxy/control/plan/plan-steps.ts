import type { BucketView, PlannedStep } from '#contracts/strangler/control-plane.js';
import { otherSide, type Side } from '#contracts/strangler/move.js';

/** How many buckets move together: the first number for the first hand-over, and so on; the last one for all further. */
export type StepSizes = Record<Side, readonly [number, ...number[]]>;

/**
 * Hand-overs that lead from the owners as they are to the wanted share: buckets 1 to `percent` with the service. What has to go back to the
 * monolith goes first, from the highest bucket down, so that at every moment the service's buckets are as few as can be.
 * @param sizes by the side that receives
 * @param done hand-overs of this run that are done already, by the side that received
 * @returns in order; buckets whose owner isn't known are left out
 */
export function planSteps(
  buckets: readonly Pick<BucketView, 'bucket' | 'owner'>[],
  percent: number,
  sizes: StepSizes,
  done: Record<Side, number>,
): PlannedStep[] {
  const back = buckets
    .filter(({ bucket, owner }) => owner === 'service' && bucket > percent)
    .toSorted((one, other) => other.bucket - one.bucket);
  const forward = buckets.filter(({ bucket, owner }) => owner === 'monolith' && bucket <= percent);
  return [
    ...cut('monolith', back, sizes.monolith, done.monolith),
    ...cut('service', forward, sizes.service, done.service),
  ];
}

function cut(
  to: Side,
  buckets: readonly { bucket: number }[],
  sizes: readonly [number, ...number[]],
  done: number,
): PlannedStep[] {
  const steps: PlannedStep[] = [];
  let rest = buckets.map(({ bucket }) => bucket);
  while (rest.length > 0) {
    const size = sizes[done + steps.length] ?? sizes.at(-1) ?? 1;
    steps.push({ from: otherSide(to), to, buckets: rest.slice(0, size) });
    rest = rest.slice(size);
  }
  return steps;
}

/** Whether a share wants these buckets on this side. */
export function isWanted(buckets: readonly number[], on: Side, percent: number): boolean {
  return buckets.every((bucket) => bucket <= percent === (on === 'service'));
}
