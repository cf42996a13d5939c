import { describe, expect, it } from '@jest/globals';
import { bucketCount, type BucketRow } from '#contracts/strangler/ownership.js';
import { createOwnerMap } from './owner-map.js';

const all = (state: 'owned' | 'released', epoch: number) =>
  Array.from({ length: bucketCount }, (_, index) => row(index + 1, state, epoch));
const row = (bucket: number, state: BucketRow['state'], epoch: number): BucketRow => ({
  bucket,
  state,
  epoch,
});

describe('a map of owners', () => {
  it('takes the monolith for the owner of what nobody has spoken of', () => {
    const map = createOwnerMap();
    map.note({ side: 'service', rows: [row(7, 'released', 0)] });
    expect(map.ownerOf(7)).toEqual({ owner: 'monolith', last: 'monolith', epoch: 0 });
    expect(map.complete()).toBe(false);
  });

  it('follows a hand-over and tells which buckets have changed', () => {
    const map = createOwnerMap();
    const changes: (readonly number[])[] = [];
    map.onChange((buckets) => changes.push(buckets));
    map.note({ side: 'monolith', rows: [row(7, 'owned', 1), row(8, 'owned', 1)] });
    map.note({ side: 'monolith', rows: [row(7, 'released', 2)] });
    expect(map.ownerOf(7)).toEqual({ owner: undefined, last: 'monolith', epoch: 2 });
    map.note({ side: 'service', rows: [row(7, 'owned', 2)] });
    expect(map.ownerOf(7).owner).toBe('service');
    expect(map.ownerOf(8).owner).toBe('monolith');
    expect(changes).toEqual([[7, 8], [7], [7]]);
  });

  it('is not set back by news that arrive late', () => {
    const map = createOwnerMap();
    map.note({ side: 'service', rows: [row(7, 'owned', 2)] });
    map.note({ side: 'service', rows: [row(7, 'released', 0)] });
    map.note({ side: 'monolith', rows: [row(7, 'owned', 1)] });
    expect(map.ownerOf(7).owner).toBe('service');
  });

  it('does not call a repetition a change', () => {
    const map = createOwnerMap();
    map.note({ side: 'monolith', rows: [row(7, 'owned', 1)] });
    const changes: (readonly number[])[] = [];
    map.onChange((buckets) => changes.push(buckets));
    map.note({ side: 'monolith', rows: [row(7, 'owned', 1)] });
    expect(changes).toEqual([]);
  });
});

describe('the home of a bucket', () => {
  const home = (map: ReturnType<typeof createOwnerMap>) =>
    map.isHomeKnown(7) ? map.ownerOf(7).last : undefined;

  it('is not known before anything is heard', () => {
    expect(home(createOwnerMap())).toBeUndefined();
  });

  it.each(['monolith', 'service'] as const)('is the %s where that says that it owns it', (side) => {
    const map = createOwnerMap();
    map.note({ side, rows: [row(7, 'owned', 2)] });
    expect(home(map)).toBe(side);
  });

  it.each([
    ['monolith', 'service'],
    ['service', 'monolith'],
  ] as const)('is not known where only the %s is heard, which has released it', (side, other) => {
    const map = createOwnerMap();
    map.note({ side, rows: all('released', 4) });
    expect(home(map)).toBeUndefined();
    map.note({ side: other, rows: all('released', 3) });
    expect(home(map)).toBe(side);
    map.note({ side: other, rows: [row(7, 'owned', 4)] });
    expect(home(map)).toBe(other);
  });

  it('is the monolith where the service says that it was never given it', () => {
    const map = createOwnerMap();
    map.note({ side: 'service', rows: all('released', 0) });
    expect(home(map)).toBe('monolith');
  });

  it('is the monolith where that has no ownership, and nobody says otherwise', () => {
    const map = createOwnerMap();
    map.noteTaken('monolith', 7, 0);
    map.rejoin();
    map.noteUnmoved();
    expect(home(map)).toBe('monolith');
    map.note({ side: 'monolith', rows: [row(7, 'released', 2)] });
    expect(home(map)).toBeUndefined();
  });

  it('is shown by a write that was taken, but not by one that was taken before a later release', () => {
    const map = createOwnerMap();
    map.note({ side: 'monolith', rows: all('released', 2) });
    map.noteTaken('service', 7, 2);
    expect(home(map)).toBe('service');
    map.note({ side: 'monolith', rows: all('released', 4) });
    expect(home(map)).toBeUndefined();
  });

  it('has to be reported again once reports may have been missed', () => {
    const map = createOwnerMap();
    map.note({ side: 'monolith', rows: all('released', 2) });
    map.note({ side: 'service', rows: all('owned', 2) });
    map.rejoin();
    expect(home(map)).toBeUndefined();
    map.note({ side: 'monolith', rows: all('released', 2) });
    expect(home(map)).toBe('service');
    map.rejoin();
    map.note({ side: 'monolith', rows: all('released', 4) });
    expect(home(map)).toBeUndefined();
  });

  it('changes are told', () => {
    const map = createOwnerMap();
    const changes: number[] = [];
    map.onChange((buckets) => changes.push(buckets.length));
    map.note({ side: 'service', rows: all('released', 0) });
    map.rejoin();
    expect(changes).toEqual([bucketCount, bucketCount]);
  });
});

describe('what is inferred from a write that was taken', () => {
  /** Between two owners. */
  function between() {
    const map = createOwnerMap();
    map.note({ side: 'service', rows: all('released', 0) });
    map.note({ side: 'monolith', rows: all('owned', 1) });
    map.note({ side: 'monolith', rows: [row(7, 'released', 2)] });
    return map;
  }

  it.each(['monolith', 'service'] as const)('names the %s, in no epoch that no row has', (side) => {
    const map = between();
    map.noteTaken(side, 7, map.epochWithoutKept(7));
    expect(map.ownerOf(7)).toEqual({ owner: side, last: side, epoch: 2 });
    expect([map.isHomeKnown(7), map.epochWithoutKept(7), map.hinted()]).toEqual([true, 2, [side]]);
  });

  it('outlives no report of that side that was asked for later, however high its epoch', () => {
    const map = between();
    map.noteTaken('service', 7, 9);
    map.note({ side: 'service', rows: all('released', 0) }, map.moment());
    expect(map.ownerOf(7)).toEqual({ owner: undefined, last: 'monolith', epoch: 2 });
    expect(map.hinted()).toEqual([]);
  });

  it('outlives reports that may be older: one that was announced, one that was asked for before, one of the other side', () => {
    const map = between();
    const before = map.moment();
    map.noteTaken('service', 7, 2);
    map.note({ side: 'service', rows: all('released', 0) });
    map.note({ side: 'service', rows: all('released', 0) }, before);
    map.note({ side: 'monolith', rows: all('released', 2) }, map.moment());
    expect(map.ownerOf(7).owner).toBe('service');
  });

  it('gives way to a newer epoch of either side, and to the row that says the same', () => {
    for (const [side, epoch] of [
      ['service', 3],
      ['monolith', 3],
    ] as const) {
      const map = between();
      map.noteTaken('service', 7, 2);
      map.note({ side, rows: [row(7, 'released', epoch)] });
      expect([map.ownerOf(7).owner, map.hinted()]).toEqual([undefined, []]);
    }
    const same = between();
    same.noteTaken('service', 7, 2);
    same.note({ side: 'service', rows: [row(7, 'owned', 2)] });
    expect([same.ownerOf(7).owner, same.hinted()]).toEqual(['service', []]);
  });

  it('is over once that side refuses what it was sent later, and not what it was sent before', () => {
    const map = between();
    const before = map.moment();
    map.noteTaken('service', 7, 2);
    map.deny('service', 7, before);
    expect(map.ownerOf(7).owner).toBe('service');
    map.deny('service', 7, map.moment());
    expect(map.ownerOf(7)).toEqual({ owner: undefined, last: 'monolith', epoch: 2 });
  });

  it('is not certain once reports may have been missed', () => {
    const map = between();
    map.noteTaken('service', 7, 2);
    map.rejoin();
    expect([map.ownerOf(7).owner, map.isHomeKnown(7)]).toEqual(['service', false]);
  });

  it('is none where rows are newer than what was known when the write was sent', () => {
    const map = between();
    map.noteTaken('monolith', 7, 1);
    expect([map.ownerOf(7).owner, map.hinted()]).toEqual([undefined, []]);
  });
});

describe('rows that an earlier process has kept', () => {
  function kept(side: 'monolith' | 'service', state: 'owned' | 'released', epoch: number) {
    const map = createOwnerMap();
    map.keep(side, all(state, epoch));
    return map;
  }

  it('name an owner, but no certain home, before a side reports', () => {
    const map = kept('service', 'owned', 2);
    expect(map.ownerOf(7)).toMatchObject({ owner: 'service', epoch: 2 });
    expect(map.isHomeKnown(7)).toBe(false);
  });

  it('are the home where the other side reports that nothing has moved since', () => {
    const map = kept('service', 'owned', 2);
    map.note({ side: 'monolith', rows: all('released', 2) });
    expect([map.ownerOf(7).last, map.isHomeKnown(7)]).toEqual(['service', true]);
  });

  it('give way to a newer epoch of the other side', () => {
    const map = kept('service', 'owned', 2);
    map.note({ side: 'monolith', rows: all('released', 4) });
    expect(map.isHomeKnown(7)).toBe(false);
    map.note({ side: 'monolith', rows: all('owned', 5) });
    expect([map.ownerOf(7).owner, map.isHomeKnown(7)]).toEqual(['monolith', true]);
  });

  it('give way to any report of the same side, and to an owner that they deny', () => {
    const same = kept('service', 'owned', 9);
    same.note({ side: 'service', rows: all('released', 0) });
    expect([same.ownerOf(7).owner, same.isHomeKnown(7)]).toEqual(['monolith', true]);
    const other = kept('service', 'owned', 9);
    other.note({ side: 'monolith', rows: all('owned', 1) });
    expect([other.ownerOf(7), other.isHomeKnown(7)]).toEqual([
      expect.objectContaining({ owner: 'monolith', epoch: 1 }),
      true,
    ]);
  });

  it('prove nothing to others, and are told to nobody', () => {
    const map = kept('service', 'owned', 9);
    expect(map.epochWithoutKept(7)).toBe(0);
    map.noteTaken('service', 7, 3);
    expect(map.epochWithoutKept(7)).toBe(0);
  });

  it('are what is known, whoever said it', () => {
    const map = kept('service', 'owned', 2);
    map.note({ side: 'monolith', rows: [row(7, 'released', 2)] });
    expect([map.rowsOf('service').length, map.rowsOf('monolith')]).toEqual([
      bucketCount,
      [row(7, 'released', 2)],
    ]);
  });
});
