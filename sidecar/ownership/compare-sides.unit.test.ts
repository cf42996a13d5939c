import { describe, expect, it } from '@jest/globals';
import type { BucketRow } from '#contracts/strangler/ownership.js';
import { compareSides } from './compare-sides.js';

const owned = (bucket: number, epoch: number): BucketRow => ({ bucket, state: 'owned', epoch });
const released = (bucket: number, epoch: number): BucketRow => ({ bucket, state: 'released', epoch });

describe('a bucket', () => {
  it('is contested when both sides go on saying that they own it', () => {
    const sides = compareSides();
    const answers = [1, 2, 3, 4].map(() => {
      sides.heard([owned(1, 3), released(2, 1)]);
      return sides.contested([owned(1, 2), owned(2, 1)]);
    });
    const contested = ['1 (epoch 2 here, 3 there)'];
    expect(answers).toEqual([[], [], contested, contested]);
  });

  it('is not contested by old news, nor by what is no longer said', () => {
    const sides = compareSides();
    sides.heard([owned(1, 1)]);
    const answers = [1, 2, 3, 4].map(() => sides.contested([owned(1, 2)]));
    expect(answers).toEqual([[], [], [], []]);
  });

  it('is not contested when it moves on between two looks', () => {
    const sides = compareSides();
    for (let epoch = 1; epoch < 9; epoch += 1) {
      sides.heard([owned(1, epoch)]);
      expect(sides.contested([owned(1, epoch + 1)])).toEqual([]);
    }
  });

  it('is no longer contested once one side has let go', () => {
    const sides = compareSides();
    for (let look = 0; look < 3; look += 1) {
      sides.heard([owned(1, 3)]);
      sides.contested([owned(1, 2)]);
    }
    sides.heard([owned(1, 3)]);
    expect(sides.contested([released(1, 2)])).toEqual([]);
  });
});
