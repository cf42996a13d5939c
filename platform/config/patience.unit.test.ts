import { describe, expect, it } from '@jest/globals';
import { patienceSchema, shortestWait } from './patience.js';

describe('patience', () => {
  it('is 1 unless somebody says otherwise', () => {
    expect(patienceSchema.parse(undefined)).toBe(1);
    expect(patienceSchema.parse('2.5')).toBe(2.5);
  });

  it.each(['0', '0.9', '101', 'much', ''])('is not %p', (wrong) => {
    expect(patienceSchema.safeParse(wrong).success).toBe(false);
  });

  it('makes no question over NATS wait less than it says itself', () => {
    expect(shortestWait(1, 0)).toBe(0);
    expect(shortestWait(1, 700)).toBe(700);
    expect(shortestWait(2, 700)).toBe(10_000);
    expect(shortestWait(2, 60_000)).toBe(60_000);
  });
});
