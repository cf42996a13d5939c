import { describe, expect, it } from '@jest/globals';
import { coalesce } from './coalesce.js';

describe('callers that share runs', () => {
  it('get one that began after they asked, however many they are', async () => {
    let begun = 0;
    const ends: (() => void)[] = [];
    const ask = coalesce(() => {
      const mine = (begun += 1);
      return new Promise<number>((resolve) => ends.push(() => resolve(mine)));
    });
    const first = ask();
    await Promise.resolve();
    expect(begun).toBe(1);
    const late = Array.from({ length: 1_000 }, ask);
    ends[0]?.();
    expect(await first).toBe(1);
    await new Promise(setImmediate);
    ends[1]?.();
    expect(new Set(await Promise.all(late))).toEqual(new Set([2]));
    expect(begun).toBe(2);
  });

  it('go on after one that failed', async () => {
    let fails = true;
    const ask = coalesce(async () => {
      if (fails) throw new Error('away');
      return 'there';
    });
    await expect(ask()).rejects.toThrow('away');
    fails = false;
    await expect(ask()).resolves.toBe('there');
  });
});
