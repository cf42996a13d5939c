import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { adjustForMany } from './false-discoveries.js';
import { seededRandom } from './random.js';
import { looksToBound, lowerBound, upperBound } from './rate-bounds.js';
import { atLeast, moreOftenThan } from './two-samples.js';

describe('the test of two samples', () => {
  it.each([
    // Fisher's own example of the tea: 3 of 4 cups.
    [3, 4, 1, 4, 17 / 70],
    [10, 100, 0, 100, 7.710260627e-4],
    [5, 5_000, 0, 5_000, 0.0312187516],
    [1, 10, 5, 10, 1],
    [0, 10, 0, 0, 1],
  ])('%i of %i against %i of %i gives %d', (seen, of, seenAgain, ofAgain, expected) => {
    expect(moreOftenThan({ seen, of }, { seen: seenAgain, of: ofAgain })).toBeCloseTo(expected, 9);
  });

  it('is a probability, and grows with the noise', () => {
    const size = fc.integer({ min: 1, max: 300_000 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (of, ofAgain, share, noise) => {
          const first = { seen: Math.floor(of * share), of };
          const less = moreOftenThan(first, { seen: Math.floor(ofAgain * noise), of: ofAgain });
          const more = moreOftenThan(first, {
            seen: Math.min(ofAgain, Math.floor(ofAgain * noise) + 1),
            of: ofAgain,
          });
          expect(less).toBeGreaterThanOrEqual(0);
          expect(more).toBeGreaterThanOrEqual(less * (1 - 1e-6));
          expect(more).toBeLessThanOrEqual(1);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe('the test of one-sidedness', () => {
  it.each([
    [10, 10, 0.5, 2 ** -10],
    [9, 10, 0.5, 11 / 1_024],
    [12, 12, 1 / 3, 3 ** -12],
    [5, 10, 0.5, 1],
  ])('gives for %i of %i, each at %d, %d', (seen, of, probability, expected) => {
    expect(atLeast({ seen, of }, probability)).toBeCloseTo(expected, 12);
  });
});

describe('bounds of a rate', () => {
  it.each([
    [29_956, 29_956, 0.9999],
    [95, 100, 0.8977466],
    [0, 10, 0],
    [9_999_000, 10_000_000, 0.99989464],
  ])('of %i in %i is at least %d', (seen, of, expected) => {
    expect(lowerBound({ seen, of })).toBeCloseTo(expected, 6);
  });

  it('hold as often as they say', () => {
    const random = seededRandom(11);
    const [of, rate] = [200, 0.03];
    let held = 0;
    for (let round = 0; round < 2_000; round += 1) {
      let seen = 0;
      for (let look = 0; look < of; look += 1) if (random() < rate) seen += 1;
      if (upperBound({ seen, of }) >= rate) held += 1;
    }
    expect(held / 2_000).toBeGreaterThanOrEqual(0.94);
  });

  it('need so many looks in vain', () => {
    expect(looksToBound(1 / 5_000)).toBe(14_978);
    expect(upperBound({ seen: 0, of: 14_978 })).toBeLessThan(1 / 5_000);
    expect(upperBound({ seen: 0, of: 14_970 })).toBeGreaterThan(1 / 5_000);
  });
});

describe('the correction for many tests', () => {
  it('is the one of Benjamini and Hochberg', () => {
    expect(adjustForMany([0.01, 0.04, 0.03, 0.5]).map((value) => Number(value.toFixed(6)))).toEqual([
      0.04, 0.053333, 0.053333, 0.5,
    ]);
    expect(adjustForMany([])).toEqual([]);
  });

  it('finds nothing in 99.5 of 100 runs without anything to find', () => {
    const random = seededRandom(12);
    let found = 0;
    for (let run = 0; run < 1_500; run += 1)
      if (Math.min(...adjustForMany(Array.from({ length: 60 }, random))) <= 0.005) found += 1;
    expect(found / 1_500).toBeLessThanOrEqual(0.008);
  });
});
