import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Side } from '#contracts/strangler/move.js';
import { bucketCount, type BucketRow, ownerOf } from '#contracts/strangler/ownership.js';
import { createOwnerMap } from './owner-map.js';

const row = (state: BucketRow['state'], epoch: number): BucketRow => ({ bucket: 7, state, epoch });

/** Two databases with one bucket that moves between them, and a map that hears of it, late, or what is not so. */
function openWorld() {
  const map = createOwnerMap();
  const truth = { monolith: row('owned', 1), service: row('released', 0) };
  const late: { side: Side; rows: BucketRow[] }[] = [];
  const report = (side: Side) => ({ side, rows: [truth[side]] });
  const mistakes: string[] = [];
  const acts = {
    release(side: Side) {
      const { owner, epoch } = ownerOf(truth);
      if (owner === side) truth[side] = row('released', epoch + 1);
    },
    grant(side: Side) {
      const { owner, last, epoch } = ownerOf(truth);
      if (owner === undefined && last !== side) truth[side] = row('owned', epoch);
    },
    reopen(side: Side) {
      const { owner, last, epoch } = ownerOf(truth);
      if (owner === undefined && last === side) truth[side] = row('owned', epoch + 1);
    },
    announce: (side: Side) => map.note(report(side)),
    announceLate(side: Side) {
      late.push(report(side));
      const oldest = late.length > 2 ? late.shift() : undefined;
      if (oldest) map.note(oldest);
    },
    takeWrite(side: Side) {
      if (ownerOf(truth).owner !== side) return;
      map.noteTaken(side, 7, map.epochWithoutKept(7));
      if (map.ownerOf(7).owner !== side) mistakes.push(`the ${side} has taken a write and is not the owner`);
    },
    misread: (side: Side, epoch: number) => map.noteTaken(side, 7, epoch),
    rejoin: () => map.rejoin(),
  };
  return {
    ...{ map, truth, acts, mistakes },
    askBothSides() {
      const moment = map.moment();
      for (const side of ['monolith', 'service'] as const) {
        const others = Array.from({ length: bucketCount }, (_, index) => ({
          ...row('released', 0),
          bucket: index + 1,
        }));
        map.note({ side, rows: others.map((one) => (one.bucket === 7 ? truth[side] : one)) }, moment);
      }
    },
    hearTheRest: () => late.splice(0).forEach((said) => map.note(said)),
  };
}

describe('what is inferred of an owner', () => {
  it('never outlives the next look at both sides, whatever it was, and however late reports arrive', () => {
    const act = fc.record({
      what: fc.constantFrom(
        ...(Object.keys(openWorld().acts) as (keyof ReturnType<typeof openWorld>['acts'])[]),
      ),
      side: fc.constantFrom<Side>('monolith', 'service'),
      epoch: fc.integer({ min: 0, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (steps) => {
        const { map, truth, acts, mistakes, askBothSides, hearTheRest } = openWorld();
        for (const { what, side, epoch } of steps) acts[what](side, epoch);
        expect(mistakes).toEqual([]);
        askBothSides();
        expect(map.ownerOf(7)).toEqual(ownerOf(truth));
        expect([map.isHomeKnown(7), map.hinted()]).toEqual([true, []]);
        expect(map.epochWithoutKept(7)).toBe(Math.max(truth.monolith.epoch, truth.service.epoch));
        hearTheRest();
        expect(map.ownerOf(7)).toEqual(ownerOf(truth));
      }),
      { numRuns: 1_000 },
    );
  });
});
