import { describe, expect, it } from '@jest/globals';
import { awaitOwner, BetweenOwners } from './await-owner.js';

const between = () => new BetweenOwners('inventory', ['lantern']);

describe('work on what is between two owners', () => {
  it('is done again until there is one', async () => {
    let tries = 0;
    const work = async () => {
      tries += 1;
      if (tries < 4) throw between();
      return 'done';
    };
    expect(await awaitOwner(work, 5_000)).toBe('done');
    expect(tries).toBe(4);
  });

  it('is given up in the end, with the name of who should have owned it', async () => {
    await expect(awaitOwner(() => Promise.reject(between()), 30)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^Inventory service is unavailable/),
      options: { retryAfter: 1 },
    });
  });

  it('fails at once with any other error', async () => {
    let tries = 0;
    const work = () => ((tries += 1), Promise.reject(new Error('no')));
    await expect(awaitOwner(work, 5_000)).rejects.toThrow('no');
    expect(tries).toBe(1);
  });
});
