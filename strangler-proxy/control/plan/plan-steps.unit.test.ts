import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Side } from '#contracts/strangler/move.js';
import { isWanted, planSteps, type StepSizes } from './plan-steps.js';

const sizes: StepSizes = { service: [1, 5, 10, 25, 50], monolith: [50] };
const none = { monolith: 0, service: 0 };

function owners(service: (bucket: number) => boolean) {
  return Array.from({ length: 100 }, (_, index) => ({
    bucket: index + 1,
    owner: service(index + 1) ? ('service' as const) : ('monolith' as const),
  }));
}

describe('a plan', () => {
  it('begins with one bucket and grows', () => {
    const steps = planSteps(
      owners(() => false),
      100,
      sizes,
      none,
    );
    expect(steps.map(({ buckets }) => buckets.length)).toEqual([1, 5, 10, 25, 50, 9]);
    expect(steps[0]).toEqual({ from: 'monolith', to: 'service', buckets: [1] });
    expect(steps[1]?.buckets).toEqual([2, 3, 4, 5, 6]);
  });

  it('goes on where the run is', () => {
    const steps = planSteps(
      owners((bucket) => bucket <= 6),
      30,
      sizes,
      { ...none, service: 2 },
    );
    expect(steps.map(({ buckets }) => buckets.length)).toEqual([10, 14]);
  });

  it('gives back at full speed, from the top', () => {
    const steps = planSteps(
      owners(() => true),
      20,
      sizes,
      none,
    );
    expect(steps.map(({ to, buckets }) => [to, buckets.length])).toEqual([
      ['monolith', 50],
      ['monolith', 30],
    ]);
    expect(steps[0]?.buckets[0]).toBe(100);
    expect(steps[1]?.buckets.at(-1)).toBe(21);
  });

  it('is empty where the owners are as wanted', () => {
    expect(
      planSteps(
        owners((bucket) => bucket <= 30),
        30,
        sizes,
        none,
      ),
    ).toEqual([]);
  });

  it('leads to the wanted share from anywhere, moves nothing twice, and leaves alone what nobody knows of', () => {
    const owner = fc.constantFrom<Side | null>('monolith', 'service', null);
    fc.assert(
      fc.property(
        fc.array(owner, { minLength: 100, maxLength: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (found, percent) => {
          const all = found.map((owner, index) => ({ bucket: index + 1, owner }));
          const after = new Map(all.map(({ bucket, owner }) => [bucket, owner]));
          const moved = new Set<number>();
          for (const { from, to, buckets } of planSteps(all, percent, sizes, none)) {
            expect(isWanted(buckets, to, percent)).toBe(true);
            for (const bucket of buckets) {
              expect(after.get(bucket)).toBe(from);
              expect(moved.has(bucket)).toBe(false);
              moved.add(bucket);
              after.set(bucket, to);
            }
          }
          for (const { bucket, owner } of all)
            expect(after.get(bucket)).toBe(owner && (bucket <= percent ? 'service' : 'monolith'));
        },
      ),
    );
  });
});
