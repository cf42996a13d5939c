import { describe, expect, it } from '@jest/globals';
import { splitAtGaps } from './note-missed.js';

const entries = (...sequences: number[]) =>
  sequences.map((sequence) => ({
    sequence,
    subject: 'strangler.events.one.happened.v1',
    data: new Uint8Array(),
  }));
const runs = (next: number, ...sequences: number[]) =>
  splitAtGaps(entries(...sequences), next).map(({ missed, first, entries: { length } }) => [
    missed,
    first,
    length,
  ]);

describe('what was read', () => {
  it('is one run where nothing is missing', () => {
    expect(runs(4, 4, 5, 6)).toEqual([[0, 4, 3]]);
    expect(runs(4)).toEqual([]);
  });

  it('is cut where the stream has dropped something, before it or within', () => {
    expect(runs(4, 7, 8, 12)).toEqual([
      [3, 7, 2],
      [3, 12, 1],
    ]);
    expect(runs(7, 7, 9)).toEqual([
      [0, 7, 1],
      [1, 9, 1],
    ]);
  });
});
