import { describe, expect, it } from '@jest/globals';
import { createOwnerMap } from './owner-map.js';

const row = (bucket: number, state: 'owned' | 'released', epoch: number) => ({ bucket, state, epoch });

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
