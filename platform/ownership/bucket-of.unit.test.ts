import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf } from './bucket-of.js';

// Not a public entry of the package, but the very function that Unleash's roll-out calls: the one to agree with.
const { normalizedStrategyValue } = createRequire(import.meta.url)('unleash-client/lib/strategy/util.js') as {
  normalizedStrategyValue(id: string, groupId: string): number;
};

describe('bucketOf', () => {
  it('agrees with Unleash for every id and group', () => {
    const id = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.uuid({ version: 7 }),
    );
    fc.assert(
      fc.property(id, fc.string({ unit: 'grapheme' }), (id, groupId) => {
        expect(bucketOf(id, groupId)).toBe(normalizedStrategyValue(id, groupId));
      }),
      { numRuns: 2000 },
    );
  });

  it('spreads ids evenly over all buckets', () => {
    const counts = new Array<number>(101).fill(0);
    for (let n = 0; n < 100_000; n++) counts[bucketOf(`SKU-${n}`, 'inventory.owner')]!++;
    expect(counts[0]).toBe(0);
    for (const count of counts.slice(1)) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });
});
