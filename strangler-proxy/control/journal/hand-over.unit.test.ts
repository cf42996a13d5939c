import { describe, expect, it } from '@jest/globals';
import { handOverStates } from '#contracts/strangler/control-plane.js';
import { grantedByVeto, grantedIn, type HandOver, isClosed, mayFollow, reopenedIn } from './hand-over.js';

const now = new Date();
const handOver = (expected: number, outcome: 'granted' | null = null): HandOver => ({
  ...{ id: 'h', capability: 'inventory', from: 'monolith', to: 'service', run: 1, state: 'granting' },
  ...{ attempts: 0, nextTryAt: null, blockers: [], reason: null },
  ...{ begunAt: now, changedAt: now, closedAt: null },
  buckets: [{ bucket: 7, expected, outcome }],
});
const row = (state: 'owned' | 'released', epoch: number) => ({ bucket: 7, state, epoch });

describe('a hand-over', () => {
  it('goes forward only, and comes to an end from everywhere', () => {
    const reachable = (from: (typeof handOverStates)[number]): string[] =>
      handOverStates.filter((to) => mayFollow(from, to)).flatMap((to) => [to, ...reachable(to)]);
    for (const state of handOverStates) {
      expect(reachable(state)).not.toContain(state);
      expect(isClosed(state) || reachable(state).some((to) => to === 'done' || to === 'given-up')).toBe(true);
    }
  });

  it('is never given up before the token was vetoed', () => {
    const before = handOverStates.filter((state) => mayFollow(state, 'given-up'));
    expect(before).toEqual(['reopening']);
    expect(handOverStates.filter((state) => mayFollow(state, 'reopening'))).toEqual(['vetoing']);
  });
});

describe('a token', () => {
  it('is granted when the receiving row has its epoch, or a later one', () => {
    expect(grantedIn(handOver(5), [row('owned', 6)])).toEqual([7]);
    expect(grantedIn(handOver(5), [row('released', 4)])).toEqual([]);
    expect(grantedIn(handOver(5), [])).toEqual([]);
  });

  it('counts as granted where the veto came too late', () => {
    expect(
      grantedByVeto({
        buckets: [
          { bucket: 7, outcome: 'granted' },
          { bucket: 8, outcome: 'vetoed' },
        ],
      }),
    ).toEqual([7]);
  });
});

describe('a bucket', () => {
  it('is open again when it is owned with a later epoch than that of the beginning', () => {
    expect(reopenedIn(handOver(5), [row('owned', 7)])).toEqual([7]);
    expect(reopenedIn(handOver(5), [row('owned', 6)])).toEqual([7]);
    expect(reopenedIn(handOver(5), [row('owned', 5)])).toEqual([]);
    expect(reopenedIn(handOver(5), [row('released', 6)])).toEqual([]);
    expect(reopenedIn(handOver(5, 'granted'), [row('owned', 7)])).toEqual([]);
  });
});
