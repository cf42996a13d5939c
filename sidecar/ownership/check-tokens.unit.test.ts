import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { VetoableRow } from '#contracts/strangler/ownership.js';
import { whyNotReopen, whyNotVeto } from './check-tokens.js';

const row = (state: 'owned' | 'released', epoch: number, vetoed = 0): VetoableRow => ({
  ...{ bucket: 1, state, epoch, vetoed },
});
const saying =
  (...rows: VetoableRow[]) =>
  () =>
    Promise.resolve(new Map(rows.map((one) => [one.bucket, one])));
const silent = () => Promise.reject(new Error('no answer'));

const reopen = (expected: number, here: VetoableRow, other: () => Promise<Map<number, VetoableRow>>) =>
  whyNotReopen({ handOver: 'one', buckets: [{ bucket: 1, expected }] }, [here], other);
const veto = (token: number, here: VetoableRow, other: () => Promise<Map<number, VetoableRow>>) =>
  whyNotVeto({ handOver: 'one', buckets: [{ bucket: 1, token }] }, [here], other);

describe('a request to reopen', () => {
  it('is refused without a veto of that very token', async () => {
    const why = 'the other side has not refused the token of bucket 1: ask it for a veto first';
    expect(await reopen(5, row('released', 6), saying(row('released', 4)))).toBe(why);
    expect(await reopen(5, row('released', 6), saying(row('released', 4, 5)))).toBe(why);
    expect(await reopen(5, row('released', 6), saying(row('owned', 6)))).toBe(why);
    expect(await reopen(5, row('released', 6), saying(row('released', 4, 6)))).toBeUndefined();
  });

  it('is refused for a bucket that is not released yet, and where the other side knows nothing of it', async () => {
    expect(await reopen(5, row('owned', 5), saying(row('released', 4)))).toContain('veto');
    expect(await reopen(5, row('released', 6), saying())).toContain('veto');
  });

  it('is not answered while the other side does not answer', async () => {
    await expect(reopen(5, row('released', 6), silent)).rejects.toThrow('no answer');
  });

  it('asks nobody where it changes nothing', async () => {
    expect(await reopen(5, row('owned', 7), silent)).toBeUndefined();
    expect(await reopen(5, row('released', 8), silent)).toBeUndefined();
  });
});

describe('a request for a veto', () => {
  it('is refused beyond the next token', async () => {
    expect(await veto(999_999_999, row('released', 4), saying(row('owned', 5)))).toBe(
      'token 999999999 of bucket 1 is beyond the next one: the other side has not released it',
    );
    expect(await veto(7, row('released', 4), saying(row('owned', 5)))).toContain('7 of bucket 1');
    expect(await veto(7, row('released', 4), saying())).toContain('7 of bucket 1');
  });

  it('is good for what the other side has released, however far this database is behind', async () => {
    expect(await veto(41, row('released', 4), saying(row('owned', 40)))).toBeUndefined();
    expect(await veto(41, row('released', 4), saying(row('released', 41)))).toBeUndefined();
    expect(await veto(42, row('released', 4), saying(row('released', 41)))).toContain('42 of bucket 1');
  });

  it('asks nobody in any row of hand-overs between two sides that have forgotten nothing', async () => {
    // The grant came, or the veto; or the veto before the release.
    const ends = fc.constantFrom('granted', 'reopened', 'never released');
    await fc.assert(
      fc.asyncProperty(fc.array(ends, { maxLength: 30 }), async (handOvers) => {
        let [owner, other] = [row('owned', 0), row('released', 0)];
        for (const end of handOvers) {
          const expected = owner.epoch;
          expect(await veto(expected + 1, other, silent)).toBeUndefined();
          if (end === 'granted') {
            const released: VetoableRow = { ...owner, state: 'released', epoch: expected + 1 };
            [owner, other] = [{ ...other, state: 'owned', epoch: expected + 1 }, released];
            continue;
          }
          if (end === 'reopened') owner = { ...owner, state: 'released', epoch: expected + 1 };
          other = { ...other, vetoed: expected + 1 };
          expect(await reopen(expected, owner, saying(other))).toBeUndefined();
          owner = { ...owner, state: 'owned', epoch: owner.epoch + 1 };
        }
      }),
    );
  });
});
