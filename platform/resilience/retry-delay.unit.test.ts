import { describe, expect, it } from '@jest/globals';
import { retryDelay } from './retry-delay.js';

describe('retryDelay', () => {
  it('doubles with every failure, up to a minute', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((attempts) => retryDelay(attempts, 1));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('spreads what failed together', () => {
    expect(retryDelay(3, 0)).toBe(3000);
  });
});
