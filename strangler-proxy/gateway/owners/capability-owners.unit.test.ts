import { describe, expect, it } from '@jest/globals';
import { bucketCount } from '#contracts/strangler/ownership.js';
import { ownersOf } from './capability-owners.js';

const all = Array.from({ length: bucketCount }, (_, index) => index + 1);
const rows = (buckets: readonly number[], state: 'owned' | 'released', epoch: number) =>
  buckets.map((bucket) => ({ bucket, state, epoch }));

function started() {
  const owners = ownersOf('stock');
  owners.map.note({ side: 'monolith', rows: rows(all, 'owned', 1) });
  owners.map.note({ side: 'service', rows: rows(all, 'released', 0) });
  return owners;
}

describe('owners of a capability', () => {
  it('are counted, and one that owns everything is known', () => {
    const owners = started();
    expect([owners.counts(), owners.ownerOfAll()]).toEqual([
      { monolith: 100, service: 0, nobody: 0 },
      'monolith',
    ]);
    owners.map.note({ side: 'monolith', rows: rows([1, 2], 'released', 2) });
    expect(owners.ownerOfAll()).toBeUndefined();
    owners.map.note({ side: 'service', rows: rows([1], 'owned', 2) });
    expect(owners.counts()).toEqual({ monolith: 98, service: 1, nobody: 1 });
    expect([owners.homeOf(1), owners.homeOf(2), owners.homeOf(3)]).toEqual([
      'service',
      'monolith',
      'monolith',
    ]);
    expect(owners.homeOfMost()).toBe('monolith');
  });

  it('are no owners once they have refused, but by old news or in the epoch in which they own', () => {
    const owners = started();
    owners.refused(7, { side: 'monolith', epoch: 2 }, owners.map.moment());
    expect(owners.ownerOf(7)).toEqual({ owner: undefined, last: 'monolith', epoch: 2 });
    owners.map.note({ side: 'service', rows: rows([7], 'owned', 2) });
    owners.refused(7, { side: 'service', epoch: 0 }, owners.map.moment());
    owners.refused(7, { side: 'service', epoch: 2 }, owners.map.moment());
    expect(owners.ownerOf(7).owner).toBe('service');
  });

  it.each([
    ['the owner, in its epoch', 'monolith', { side: 'monolith', epoch: 1 }],
    [
      'a side that has been asked although the other one is the owner',
      'service',
      { side: 'service', epoch: 1 },
    ],
  ] as const)('are shown by a write that is taken by %s', (_name, side, taker) => {
    expect(started().ifTakenBy(7, side)).toEqual(taker);
  });

  it('are shown by a write that is taken between two owners, by either side: in the newest epoch or a later one', () => {
    const owners = started();
    owners.refused(7, { side: 'monolith', epoch: 2 }, owners.map.moment());
    expect(owners.ifTakenBy(7, 'service')).toEqual({ side: 'service', epoch: 2 });
    expect(owners.ifTakenBy(7, 'monolith')).toEqual({ side: 'monolith', epoch: 2 });
    owners.taken(7, { side: 'service', epoch: 2 });
    expect(owners.ownerOf(7)).toEqual({ owner: 'service', last: 'service', epoch: 2 });
    owners.map.note({ side: 'monolith', rows: rows([7], 'owned', 1) });
    expect(owners.ownerOf(7).owner).toBe('service');
  });

  it('are not set back by a write that was taken long ago', () => {
    const owners = started();
    owners.map.note({ side: 'monolith', rows: rows([7], 'released', 2) });
    owners.map.note({ side: 'service', rows: rows([7], 'owned', 2) });
    owners.taken(7, { side: 'monolith', epoch: 1 });
    expect(owners.ownerOf(7).owner).toBe('service');
  });
});
