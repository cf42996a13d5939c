import { describe, expect, it } from '@jest/globals';
import { type Candidate, chooseInstance, isWell, noteFailure, noteSuccess } from './choose-instance.js';

const idle = (): Candidate => ({ inFlight: 0, failuresInARow: 0, ejectedUntil: 0 });
const chosen = (instances: Candidate[], now: number, avoid?: Candidate) =>
  new Set([0, 1, 2].map((turn) => instances.indexOf(chooseInstance(instances, turn, now, avoid)!)));

describe('choosing an instance', () => {
  it('leaves one that is gone alone at once', () => {
    const [gone, other] = [idle(), idle()];
    noteFailure(gone, 0, true);
    expect(isWell(gone)).toBe(false);
    expect(chosen([gone, other], 999)).toEqual(new Set([1]));
  });

  it('tries one that was left alone with a single request, until that has succeeded', () => {
    const [tried, busy] = [idle(), { ...idle(), inFlight: 5 }];
    noteFailure(tried, 0, true);
    expect(chosen([tried, busy], 1_000)).toEqual(new Set([0]));
    tried.inFlight = 1;
    expect(chosen([tried, busy], 1_000)).toEqual(new Set([1]));
    noteSuccess(tried);
    expect(chosen([tried, busy], 1_000)).toEqual(new Set([0]));
  });

  it('avoids the one that has failed the same request, unless there is no other', () => {
    const [failed, busy] = [idle(), { ...idle(), inFlight: 5 }];
    expect(chosen([failed, busy], 0, failed)).toEqual(new Set([1]));
    expect(chosen([failed], 0, failed)).toEqual(new Set([0]));
  });
});
